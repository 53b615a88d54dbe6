// Package factor holds the kinds of second factor: what a credential of each
// kind is made of, and which answers it accepts.
//
// # What it is for
//
// A [Kind] is a set of pure functions. The time, the randomness, the key for
// tags and the stored state come in with a [Subject] and a [Cred]; the state to
// keep and the words for the user go out. The same input gives the same output,
// so every rule below can be tested at any second of any year.
//
// # What it must never do
//
// It reads no clock, draws no randomness of its own, opens no database and no
// connection, and keeps nothing between two calls. It does not count attempts,
// lock, seal, log or notify: those are rules of package engine, which calls a
// kind inside the transaction that also pays for the attempt.
//
// # Ways to say no
//
// [ErrWrong] says that an answer matches nothing, [ErrReplay] that it was right
// once and is spent. To the person who gave it both read alike; the audit trail
// tells them apart. Any other error means that the credential cannot be read (a
// short secret, an unknown field, a foreign number of digits), and that is
// neither yes nor no: the caller must fail. A new credential comes back only
// with a nil error, so that who forgets the error has nothing to store.
//
// # One-time passwords
//
// An answer is ASCII digits of the exact length, untrimmed. All candidate codes
// are computed and compared in constant time before any is judged. What was
// accepted is remembered as a counter, never as text: for TOTP the last accepted
// step, for HOTP the next counter to come. Both only ever grow, whatever the
// clock does and whatever a resynchronization finds, so no code of a counter is
// accepted twice. A resynchronized TOTP clock moves the window of steps that are
// looked at; it never moves the last accepted step back.
//
// The library pquerna/otp computes the code of one counter, and nothing else is taken from
// it: its own validation trims its input, accepts the code of an empty secret and does not
// say which step matched. The tests compare its codes with those of an implementation of
// their own.
//
// # Look-up codes
//
// Backup, recovery and set-password codes share one form of 80 random bits. They
// are kept as keyed tags bound to kind, user and factor, so a tag copied to
// another user or to a newer set matches nothing. A spent code keeps its tag, so
// that its second use is known for what it is.
//
// # Adding a kind
//
// Write one file with a type that implements [Kind], one entry in [All], and one row of
// [mfa.Kinds], which says what other code asks of the kind. Code that finds, counts or removes
// factors goes by their class. Only code that issues codes names a kind: the one to issue. A
// kind that has to send something first returns the state for its Check from Ask; one whose counter may drift
// implements [Resyncer]; one that holds several codes implements [Counted].
package factor
