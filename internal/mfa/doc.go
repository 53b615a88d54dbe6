// Package mfa is the vocabulary of mfactl: everything the program can do
// ([Service]), everything it must remember ([Store]), and the words both use.
//
// It holds types, tables and small pure functions only. It imports nothing but
// the standard library, keeps no state, opens nothing, and knows no rule that
// needs a clock, a key or a database; those live in package engine.
//
// # Records and replies
//
// Records ([User], [Factor], [Session], [Event] …) are what a store
// keeps. Replies ([SignedIn], [Enrollment], [ResetReport] …) are what a caller
// gets. No reply carries a password hash, a sealed value or a MAC.
//
// # Secrets
//
// Whatever must not be seen is a [Secret]. It prints, logs and marshals as
// "[redacted]" unless it was opened on purpose.
//
// # Errors
//
// Every error a caller may see is an [*Error] with a [Code]. One table in
// error.go gives each code its exit status, HTTP status, title and hint.
package mfa
