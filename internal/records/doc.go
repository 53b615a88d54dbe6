// Package records is a store as the engine sees it. Every record that is read was verified,
// and every record that is written is signed: the types leave no other
// way.
//
// A [Reader] returns records whose MAC holds. Of a row that does not verify, [Damaged] gives
// its sort and its id and nothing else. A [RefusalWriter] writes what a refusal may leave
// behind, a [Writer] writes everything, and they are two types so that a refusal cannot
// write more.
package records
