// Command attack searches for a way in which one person takes over an account of somebody
// else. The person is an administrator who may have any number of accounts and tokens, and
// acts through the same engine as mfactl does, on a store in memory.
//
// It looks at every sequence of acts up to a depth, where states that are equal are looked at
// once, and then at long random ones. A sequence is an attack if the person, with everything
// that they were shown or chose, gets a session of two factors or a right verify of an
// account that they did not create, while a half that they did is open. A half is what
// `mfactl help authority` calls so; the command keeps its own record of them and
// asks the store nothing.
//
//	go run ./internal/attack                       # every sequence of 4 acts, 1000 random ones
//	go run ./internal/attack -depth 3 -random 200  # what .ci/run does
//
// It exits 12 if there is an attack, which it prints without the acts that it does not need.
// It prints besides what one person can do after a half has closed, or with an account that
// was left alone for a week, which is accepted.
//
// The acts are listed in acts.go, and the sequences that were attacks once in rows.go: those
// are tried first.
package main
