package sqlstore

import (
	"context"
	"errors"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// What the tests of this package, which need a database and so stand outside of it, see of
// its inside.

// The limits and errors that tests compare with.
const (
	MaxParts   = maxParts
	MaxAnswers = maxAnswers
	WalkPage   = walkPage
)

// ErrUndone is the outcome of a part that was undone for the fault of another one.
var ErrUndone = errUndone

// Begun is a group whose first part is not over.
type Begun struct {
	store *Store
	group *group
	first *tx
}

// Begin begins a group whose first part writes a value, and then does what more does.
func Begin(t *testing.T, s *Store, more func(mfa.Tx) error) Begun {
	t.Helper()
	g, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first := &tx{ctx: t.Context(), dialect: s.dialect, conn: g.conn}
	if err := errors.Join(s.begin(g, first), first.SetMeta("first", "1"), more(first)); err != nil {
		t.Fatal(err)
	}
	return Begun{s, g, first}
}

// PassOn ends the first part and waits until an update takes the group.
func (b Begun) PassOn() {
	b.first.ended = true
	b.group.parts++
	b.store.next <- b.group
}

// Leave ends the first part as an update does.
func (b Begun) Leave() { b.store.leave(b.group, b.first, true) }

// Over is closed when the outcome is known.
func (b Begun) Over() <-chan struct{} { return b.group.done }

// Outcome waits for what became of the group.
func (b Begun) Outcome() error {
	<-b.group.done
	return b.group.err
}

// Passed begins a group, writes a value as its first part, and passes the group on to
// an update that runs at the same time. It returns the outcome of the first part.
func Passed(t *testing.T, s *Store, update func() error) (first, second error) {
	t.Helper()
	b := Begin(t, s, func(mfa.Tx) error { return nil })
	answer := make(chan error, 1)
	go func() { answer <- update() }()
	b.PassOn()
	return b.Outcome(), <-answer
}

// Again runs a transaction again as [Store.Update] does.
func (s *Store) Again(ctx context.Context, run func() error) error { return s.retry(ctx, run) }

// Dialect is the dialect, for a test to change.
func (s *Store) Dialect() *Dialect { return s.dialect }

// Connected reports whether the connection that writes is kept.
func (s *Store) Connected() bool {
	used := <-s.writers.slots
	s.writers.put(used)
	return used != nil
}

// Run runs a statement past the memory, on the very connection.
func Run(t mfa.Tx, statement string) error {
	_, err := t.(*tx).exec(statement)
	return err
}

// PlanOfEvents is how the database finds events.
func PlanOfEvents(r mfa.Reader, q mfa.EventQuery) ([]string, error) {
	w := eventsWhere(q)
	text := w.query("EXPLAIN QUERY PLAN SELECT "+eventColumns+" FROM events", " ORDER BY seq DESC", q.Limit)
	return many(r.(*tx), scanPlan, text, w.args...)
}

// PlanOfUsers is how the database finds a page of users.
func PlanOfUsers(r mfa.Reader, q mfa.UserQuery) ([]string, error) {
	w := usersWhere(q)
	w.and("email > ", "", true)
	text := w.query("EXPLAIN QUERY PLAN "+selectUsers, ` ORDER BY email`, 100)
	return many(r.(*tx), scanPlan, text, w.args...)
}

// PlansOfASweep are how the database finds and removes replies whose time is over.
func PlansOfASweep(r mfa.Reader) (plans []string, _ error) {
	find, err := many(r.(*tx), scanPlan, "EXPLAIN QUERY PLAN "+selectOver, 2, 4, "a name", sweepAfter, 1)
	if err != nil {
		return nil, err
	}
	remove, err := many(r.(*tx), scanPlan, "EXPLAIN QUERY PLAN "+deleteOver, 1, "", "a name")
	return append(find, remove...), err
}

// scanPlan scans what EXPLAIN QUERY PLAN says of one step.
func scanPlan(r row) (detail string, _ error) {
	var id, parent, unused int64
	err := r.Scan(&id, &parent, &unused, &detail)
	return detail, err
}

// Circle walks through events whose pages begin again with what was read.
func Circle(r mfa.Reader, yield func(mfa.Event, error) bool) {
	circle := `SELECT ` + eventColumns + ` FROM events WHERE seq >= $1 ORDER BY seq LIMIT $2`
	next := func(last int64) (string, []any, int) { return circle, []any{last, walkPage}, walkPage }
	eachOf(r.(*tx), scanEvent, next, 0, func(e mfa.Event) int64 { return e.Seq })(yield)
}

// Columns are the columns of each table as its statements list them.
func Columns() map[string][]string {
	return map[string][]string{
		"requests": columnsOf(requests.columns), "former_accounts": columnsOf(formers.columns), "communities": columnsOf(communities.columns), "events": columnsOf(events.columns),
		"factors": columnsOf(factors.columns), "meta": columnsOf(meta.columns), "notices": columnsOf(notices.columns),
		"replies": columnsOf(replies.columns), "sessions": columnsOf(sessions.columns), "tokens": columnsOf(tokens.columns),
		"users": columnsOf(users.columns),
	}
}
