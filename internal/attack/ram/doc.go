// Package ram is a [mfa.Store] in memory, for searches that try one act in many states. A
// state is a value that never changes, so that to go back to one costs nothing, and two
// stores that began with the same one share what neither has changed.
//
// It keeps what the stores of mfactl keep and refuses what they refuse: the same conformance
// suite tests it. No command may use it, since nothing in it is durable.
package ram
