package mfa

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Code names one sort of error. It is the same in a local and in a remote
// reply, and scripts may rely on it.
type Code string

// The error codes. Their facts stand in one table, see [Codes].
const (
	Internal        Code = "internal"
	Usage           Code = "usage"
	NotFound        Code = "not_found"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	Conflict        Code = "conflict"
	Rejected        Code = "rejected"
	Locked          Code = "locked"
	Expired         Code = "expired"
	PolicyForbids   Code = "policy"
	Unavailable     Code = "unavailable"
	Differs         Code = "differs"
	Partial         Code = "partial"
	Damaged         Code = "damaged"
	Unknown         Code = "unknown"
	Canceled        Code = "canceled"
)

// Facts is what the table says of a code.
type Facts struct {
	Code  Code
	Exit  int    // exit status of the process
	HTTP  int    // status on the wire; 0 if the code never crosses it
	is    traits // the properties that other code asks for
	Title string // the message where nothing more precise is known
	Hint  string // the remedy where nothing more precise is known; may be empty
	When  string // for people: help exit-codes and the README
}

// traits are the yes-or-no properties of a code, each with a method of [Code] that reads it.
type traits uint8

const (
	refusal     traits = 1 << iota // see [Code.IsRefusal]
	denial                         // see [Code.IsDenial]
	ofTarget                       // see [Code.ConcernsTarget]
	afterChange                    // see [Code.MayFollowChange]
	retryable                      // see [Code.IsRetryable]
	leavesOpen                     // see [Code.LeavesOutcomeOpen]
	saysWhen                       // see [Code.SaysWhen]
	causeLogged                    // see [Code.LogsCause]
)

// Codes is the one table of error codes, in the order of their exit statuses.
func Codes() []Facts {
	return []Facts{
		{Internal, 1, 500, leavesOpen | causeLogged, "internal error", "run again with -v and report what it prints", "a fault of ours; details in the log under the request id, never shown"},
		{Usage, 2, 400, refusal | ofTarget | afterChange, "wrong usage", "see --help", "wrong flags, malformed input; names the field"},
		{NotFound, 3, 404, refusal | ofTarget, "not found", "", "no such record; only told to callers who may read users"},
		{Unauthenticated, 4, 401, refusal | denial | leavesOpen, "not signed in", "mfactl login", "not signed in, or the session ended"},
		{Forbidden, 5, 403, refusal | denial | ofTarget, "not allowed", "", "signed in, not allowed; a store that may not be opened"},
		{Conflict, 6, 409, refusal | ofTarget | afterChange, "conflicts with what is there", "look again and repeat", "exists already, changed meanwhile, other body under one idempotency key"},
		{Rejected, 7, 422, refusal, "wrong e-mail address, password or code", "", "wrong password or code, replay, unknown, deactivated, or locked before a right password: one answer for all"},
		{Locked, 8, 429, refusal | leavesOpen | saysWhen, "too many wrong attempts", "wait, or ask an administrator", "too many attempts, told after a right password or to a verify caller; says when to try again"},
		{Expired, 9, 410, refusal | ofTarget, "out of time", "begin again", "pending enrollment or code out of time, told after a right password"},
		{PolicyForbids, 10, 412, refusal | ofTarget, "the policy forbids it", "", "the policy or the two-person rule forbids it; names the rule"},
		{Unavailable, 11, 503, retryable | leavesOpen | saysWhen, "store not available, nothing happened", "try again", "store or server not reachable, busy, full, read-only; nothing happened, safe to retry"},
		{Differs, 12, 0, 0, "something was found", "", "a check found something"},
		{Partial, 13, 0, 0, "some did not go through", "", "a bulk command: some did not go through; each is listed"},
		{Damaged, 14, 500, leavesOpen | causeLogged, "the store or its key is damaged", "restore both from a backup", "key missing or foreign, MAC or audit mismatch, not a database of ours, newer schema"},
		{Unknown, 15, 504, causeLogged, "it is not known whether it happened", "repeat with the same --idempotency-key", "perhaps committed (connection or disk failed late, output lost); repeat only with the idempotency key"},
		{Canceled, 130, 0, leavesOpen, "canceled, nothing changed", "", "Ctrl-C or \"no\"; 143 on SIGTERM, 129 on SIGHUP"},
	}
}

// Facts returns what the table says of c; an unknown code is treated as
// internal.
func (c Code) Facts() Facts {
	all := Codes()
	for _, f := range all {
		if f.Code == c {
			return f
		}
	}
	return all[0]
}

// has reports whether the row of c has a property.
func (c Code) has(t traits) bool { return c.Facts().is&t != 0 }

// IsRefusal reports whether c is an answer of the rules ("no") rather than a
// failure. A refusal is a fact: it is committed with its count and its event.
func (c Code) IsRefusal() bool { return c.has(refusal) }

// IsDenial reports whether c refuses because of what the caller is, before the act
// itself: the audit trail records it as a denied authorization.
func (c Code) IsDenial() bool { return c.has(denial) }

// ConcernsTarget reports whether c is about the user who is acted on, and not about
// the caller, the store, or what has become of the answer. A command over many users
// goes on with the next one.
func (c Code) ConcernsTarget() bool { return c.has(ofTarget) }

// MayFollowChange reports whether a refusal may come after the act changed something,
// which is then rolled back: nothing that must be counted is lost with it.
func (c Code) MayFollowChange() bool { return c.has(afterChange) }

// IsRetryable reports whether the same call may be sent again without a person: with c
// nothing happened, or the idempotency key makes a second try safe.
func (c Code) IsRetryable() bool { return c.has(retryable) }

// LeavesOutcomeOpen reports whether c says nothing about the effect of an earlier try
// of the same call: a server may answer c before it looks for a kept answer.
func (c Code) LeavesOutcomeOpen() bool { return c.has(leavesOpen) }

// SaysWhen reports whether c goes with a time to try again.
func (c Code) SaysWhen() bool { return c.has(saysWhen) }

// LogsCause reports whether the log of a server gets the cause. The cause of a refusal
// is not logged, since it may hold what a person typed.
func (c Code) LogsCause() bool { return c.has(causeLogged) }

// Error is every error a caller may see. Message is lower case, has no full
// stop, says why, and never contains a secret or an echo of one.
type Error struct {
	Code    Code
	Message string    // why; the table's title if empty
	Hint    string    // what to do; the table's hint if empty
	Field   string    // the flag or field at fault, for Usage
	Detail  string    // a machine word for the audit trail ("otp.replay"); never shown to the caller
	RetryAt time.Time // for Locked and Unavailable: when to try again; zero if not known
	// RequestID names the request in the log of the server that told of the error;
	// empty where there was none.
	RequestID string
	Cause     error // for the log, never shown
}

// Errorf makes an error of a code.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// UsageError returns an error of the code [Usage] that names the field or flag at fault.
func UsageError(field, format string, args ...any) *Error {
	e := Errorf(Usage, format, args...)
	e.Field = field
	return e
}

// Fault makes an Internal error that hides its cause from the caller.
func Fault(cause error) *Error { return &Error{Code: Internal, Cause: cause} }

// WithHint returns a copy with a remedy.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithCause returns a copy that carries the underlying error for the log.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.Cause = err
	return &c
}

// WithDetail returns a copy with a word for the audit trail.
func (e *Error) WithDetail(word string) *Error {
	c := *e
	c.Detail = word
	return &c
}

// Until returns a copy that says when to try again.
func (e *Error) Until(t time.Time) *Error {
	c := *e
	c.RetryAt = t
	return &c
}

// Error returns the message, or the code's title.
func (e *Error) Error() string {
	if e.Message != "" {
		return e.Message
	}
	return e.Code.Facts().Title
}

// HintText returns the remedy, or the code's default one; it may be empty.
func (e *Error) HintText() string {
	if e.Hint != "" {
		return e.Hint
	}
	return e.Code.Facts().Hint
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, mfa.Rejected) work through [Code.Error].
func (e *Error) Is(target error) bool {
	c, ok := target.(Code)
	return ok && e.Code == c
}

// Error lets a code stand as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// Missing gives an error in place of one that says that something was not found.
func Missing(err, instead error) error {
	if errors.Is(err, NotFound) {
		return instead
	}
	return err
}

// Trace returns the text of an error for the log: what was being done, and the causes that
// the messages of errors in the chain do not show.
func Trace(err error) string {
	text := err.Error()
	if e, is := errors.AsType[*Error](err); is && e.Cause != nil {
		text += ": " + Trace(e.Cause)
	}
	return text
}

// Chained returns err as [AsError] does. An error that was wrapped keeps, as its cause, what was
// being done.
func Chained(err error) *Error {
	e := AsError(err)
	if direct, is := err.(*Error); is && direct == e { //nolint:errorlint // whether it is wrapped is the question
		return e
	}
	return e.WithCause(err)
}

// AsError returns err as an *Error. Any other error becomes Canceled if its
// context was canceled, Unavailable if its deadline passed, else Internal.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.Canceled):
		return &Error{Code: Canceled, Cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: Unavailable, Cause: err}
	}
	return Fault(err)
}
