// Package api is the wire: it carries a [mfa.Service] to another process and
// adds nothing to it.
//
// # One shape
//
// Every method is POST /v3/<Method>, under the name it has in [mfa.Service], in
// [mfa.Rules] and in the audit trail. The body is the request as JSON, the answer
// the reply as JSON, or application/problem+json (RFC 9457) with the error's code.
// No user's name stands in a URL, so none stands in an access log. The session or
// API token is in Authorization: Bearer, and what changes something brings an
// Idempotency-Key, under which the same answer can be had again for 10 minutes.
//
// [Handler] serves any Service, [Client] is one. A route is one line of a table, a
// client method is one line, and tests compare both with the interface.
//
// # Decisions about speed
//
// The handler sends a response before it writes the line of the log. The audit trail is
// what must be durable; the log is for the people who run the server, and no client waits
// for it.
//
// # What it must never do
//
// Decide: who may do what, and what is well-formed beyond JSON itself, only the
// engine knows, so the words are the same near and far. Echo a value of a request
// in an error or a log. Follow a redirect with a token. Send anything in clear to
// another machine.
package api
