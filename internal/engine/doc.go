// Package engine is the rules: who may do what, what counts as an attempt, when
// a code is spent, what is recorded and who is told.
//
// # One shape
//
// Every method of [mfa.Service] goes through perform (perform.go). It alone
// authenticates the session, compares its level and permissions with
// [mfa.Rules], proves a password where the rule asks for one, runs the act in
// one transaction, answers retries, and records what happened. An act is a
// function of a scope and of the account that it is done to; it cannot forget any of this.
//
// # An event is made of arguments
//
// A scope keeps the caller, the time and the transaction. Whom an act is done to, the factor
// that was tried, the reason and the severity are given to record and to notify. A refusal
// that must name more than the target that authorization found carries it, see refusedAbout.
//
// # Refusals are facts
//
// A refusal commits its count and its event; only a failure rolls back. An act
// that has changed something and then refuses is a fault of ours: it is rolled
// back and answered as an internal error. What a refusal may write goes through
// a records.RefusalWriter. The records.Writer is there only while an act is done.
//
// # What it must never do
//
// Decide without having paid: a second factor is counted, checked and claimed
// in one transaction that holds the user's row; a password is paid for first,
// in a transaction of its own, and hashed outside any lock. Read the clock:
// time is the store's. Keep state: two engines over one store are one.
package engine
