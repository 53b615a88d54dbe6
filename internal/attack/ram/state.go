package ram

import (
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// State is everything that a store holds at one moment. It never changes.
type State struct {
	meta        []*pair
	communities []*mfa.Community
	users       []*mfa.User
	factors     []*mfa.Factor
	sessions    []*mfa.Session
	tokens      []*mfa.Token
	requests    []*mfa.Request
	formers     []*mfa.FormerAccount
	events      []*mfa.Event
	notices     []*mfa.Notice
	replies     []*mfa.Reply
}

// pair is a value of the store itself.
type pair struct{ name, value string }

// find returns the place of the first row that fits, or -1.
func find[T any](rows []*T, fits func(*T) bool) int { return slices.IndexFunc(rows, fits) }

// with returns the rows with one of them replaced, or added where i is -1. The rows
// themselves stay as they are: another state may have them.
func with[T any](rows []*T, i int, r *T) []*T {
	if i < 0 {
		return append(slices.Clip(rows), r)
	}
	out := slices.Clone(rows)
	out[i] = r
	return out
}

// without returns the rows that do not fit.
func without[T any](rows []*T, fits func(*T) bool) []*T {
	if find(rows, fits) < 0 {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), fits)
}
