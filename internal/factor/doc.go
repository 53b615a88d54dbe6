// Package factor is what each sort of second factor knows: how to make one, what
// to show its owner, and whether an answer is right.
//
// # Pure functions
//
// A [Kind] is given the time, the randomness and its stored state, and returns a
// new state. It never reads a clock, a database or a network, so that the same
// [Subject] always gives the same result and a transaction may run it twice.
//
// # What a kind must never do
//
// Accept an answer without returning the state in which it is spent. Tell apart,
// in time or in words, how an answer was wrong. Trim or forgive anything in a
// one-time password: what reaches it is what is compared.
//
// # One more kind
//
// One file, and its name in [All].
package factor
