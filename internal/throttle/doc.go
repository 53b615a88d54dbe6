// Package throttle counts wrong answers and decides how long they lock an account
// (NIST SP 800-63B §3.2.2, OWASP Authentication Cheat Sheet).
//
// Its functions are pure: the counters ([mfa.Attempts]) and the time come in, and the
// counters to keep come out. One counter is of one-time passwords, one of backup and
// recovery codes, and one of passwords.
//
// It must never read a clock, keep anything between two calls, or change the slices of the
// counters that it is given: a transaction that runs again begins with the same ones.
package throttle
