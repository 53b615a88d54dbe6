// Package host holds the commands of those who run mfactl on a host: making a store, serving
// it, checking it and what it stands on, bringing it to a new schema, and the demo. Most of
// them work on the opened store and need no session.
//
// # What it must never do
//
// Change a store that it was only asked to look at, leave half of a store behind, or tell
// anything of a key but where it is, except in the one file that export makes.
package host
