// Package act performs acts: one call of one method is one act in one transaction.
//
// # One shape
//
// Every method of [mfa.Service] goes through [Perform]. It alone authenticates the session,
// compares its level and permissions with [mfa.Rules], proves a password if the rule asks for
// one, runs the act, answers retries, and records what happened. The act is a function of an
// [Act] and of the account that it is done to, and cannot forget any of this.
//
// # An event is made of arguments
//
// An Act has the caller, the time and the transaction. [Event] and [Notice] say who or what
// the act was done to, the factor that was tried, the reason and the severity. A refusal that
// must name more than the target that authorization found carries it, see [RefusedAbout].
//
// # Refusals are facts
//
// A refusal commits its count and its event; only a failure rolls back. An act that has
// changed something and then refuses is an internal error, and is rolled back. What a refusal
// may write goes through a records.RefusalWriter. The records.Writer is there only while an
// act runs.
//
// # What it must never do
//
// It must never decide before it has paid. A second factor is counted, checked and claimed in
// one transaction that holds the user's row. A password attempt is reserved in a transaction
// of its own, hashed outside any lock, and then settled. It must never read the clock: time is
// the store's. It must never keep state: two runners over one store behave as one.
package act
