package mfa

import (
	"context"
	"strings"
)

// Call is what comes along with every request: who asks, how to tell a retry
// from a second wish, and where it came from. It travels in the context, so
// that a local and a remote Service are called alike.
type Call struct {
	Token Secret // the session's, or an API token; zero before sign-in
	// Key tells a retry from a second wish: the same key, actor and request
	// give the same answer for 10 minutes. At least 128 random bits, drawn by
	// the client for each invocation, written in IdempotencyKeyMin characters or more;
	// empty: no retry is possible.
	Key Secret
	// From must come from the operating system or the verified connection,
	// never from the request.
	From Provenance
	// Purpose is in words what the caller of Verify says it is for. Notices contain it as claimed.
	Purpose string
	// OverLimit says that too many tries came from that address in the last minutes: a
	// token that is not valid leaves no event then, so that no client fills the audit trail.
	OverLimit bool
	// TurnedAway is how many calls from that address were turned away unseen since the last
	// one, because of that limit.
	TurnedAway int
}

// Bounds of an idempotency key, in characters. 128 random bits take 22 in base64, the
// shortest usual way to write them.
const (
	IdempotencyKeyMin = 22
	IdempotencyKeyMax = 256
)

// CheckIdempotencyKey returns Usage for a field if a text cannot be an idempotency key: too
// short, too long, or not of printable ASCII characters, of which a header consists.
func CheckIdempotencyKey(field, key string) error {
	printable := strings.IndexFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) < 0
	if len(key) >= IdempotencyKeyMin && len(key) <= IdempotencyKeyMax && printable {
		return nil
	}
	return UsageError(field, "must have %d to %d printable ASCII characters, drawn at random", IdempotencyKeyMin, IdempotencyKeyMax).
		WithHint("openssl rand -hex 16")
}

type callKey struct{}

// WithCall returns a context that carries the call.
func WithCall(ctx context.Context, c Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom returns the call the context carries, or an empty one, which no rule
// that needs a session accepts.
func CallFrom(ctx context.Context) Call {
	c, _ := ctx.Value(callKey{}).(Call)
	return c
}
