package mfatest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// TestStore is the conformance suite of [mfa.Store]. It calls open once per
// test, for a store without records that takes its time from clock, and closes
// what it gets.
func TestStore(t *testing.T, open func(t *testing.T, clock func() time.Time) mfa.Store) {
	tests := []struct {
		name string
		test func(*storeTest)
	}{
		{"every field of every record comes back", everyField},
		{"what is empty comes back as nothing", emptyFields},
		{"a record that is not there is NotFound", notThere},
		{"an id is taken once", idTaken},
		{"a stale Rev is a Conflict and changes nothing", staleRev},
		{"an e-mail address and a community name belong to one", uniqueNames},
		{"a label is unique among a user's factors but not among codes", uniqueLabel},
		{"a user has one code of a kind and one pending factor", oneOfAKind},
		{"a token gives up its name only to the one that replaces it", oneTokenOfAName},
		{"a record must belong to a user who is there", dangling},
		{"a conflict leaves the transaction usable", conflictGoesOn},
		{"an answer is kept once under a name for ten minutes", keepReply},
		{"a notice and a meta value are replaced", replaced},
		{"text of every sort is kept as it is or refused", hostileText},
		{"an error undoes everything and comes back as it is", errorRollsBack},
		{"a panic undoes everything and goes on", panicRollsBack},
		{"a failure that is swallowed commits nothing", swallowedFailure},
		{"a canceled context changes nothing", canceled},
		{"who stops waiting is not run", stopsWaiting},
		{"time stands still in a transaction", oneTime},
		{"a transaction that is over does nothing", afterTheEnd},
		{"a closed store is Unavailable", closed},
		{"sequence numbers have no gap under 50 goroutines", gapless},
		{"an event out of sequence is a Conflict", outOfSequence},
		{"LockUser serializes two that read and write", lockUser},
		{"a view sees one state throughout", consistentView},
		{"a view neither waits for an update nor sees it early", viewDuringUpdate},
		{"users page by e-mail address", pageUsers},
		{"tokens page by id and filter", pageTokens},
		{"events page and filter, newest first", pageEvents},
		{"notices, factors and sessions come oldest first", oldestFirst},
		{"a walk sees every row by its key, and what is read on the way", walks},
		{"a sweep takes what has ended and nothing else", sweep},
		{"a sweep of former accounts looks at the oldest", sweepFormer},
		{"a sweep of answers takes the oldest, and those beside a name", sweepReplies},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clock := NewClock(time.Date(2026, 11, 23, 8, 58, 0, 123456000, time.UTC))
			s := &storeTest{T: t, clock: clock, store: open(t, clock.Now)}
			t.Cleanup(func() {
				if err := s.store.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			tt.test(s)
		})
	}
}

// storeTest is one test with its store.
type storeTest struct {
	*testing.T
	clock *Clock
	store mfa.Store
}

// update runs f in a transaction that must commit.
func (s *storeTest) update(f func(mfa.Tx) error) {
	s.Helper()
	if err := s.store.Update(s.Context(), f); err != nil {
		s.Fatalf("update: %v", describe(err))
	}
}

// view runs f over the state, which must work.
func (s *storeTest) view(f func(mfa.Reader) error) {
	s.Helper()
	if err := s.store.View(s.Context(), f); err != nil {
		s.Fatalf("view: %v", describe(err))
	}
}

// refused runs f in a transaction that must end in the code.
func (s *storeTest) refused(code mfa.Code, f func(mfa.Tx) error) {
	s.Helper()
	s.code(s.store.Update(s.Context(), f), code)
}

// code checks the code of an error.
func (s *storeTest) code(err error, want mfa.Code) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %s", describe(err), want)
	}
}

// same compares what came back with what went in.
func (s *storeTest) same(got, want any) {
	s.Helper()
	got, want = Unproved(got), Unproved(want)
	if !reflect.DeepEqual(got, want) {
		s.Errorf("got  %#v\nwant %#v", got, want)
	}
}

// Unproved is a record, or a list of them, without their proofs, which a store need not
// give and which are nothing that it keeps.
func Unproved(v any) any {
	old := reflect.ValueOf(v)
	switch {
	case old.Kind() == reflect.Slice && old.Type().Elem().Kind() == reflect.Struct && !old.IsNil():
		out := reflect.MakeSlice(old.Type(), 0, old.Len())
		for i := range old.Len() {
			out = reflect.Append(out, reflect.ValueOf(Unproved(old.Index(i).Interface())))
		}
		return out.Interface()
	case old.Kind() == reflect.Struct && old.FieldByName("Proof").IsValid():
		out := reflect.New(old.Type()).Elem()
		out.Set(old)
		out.FieldByName("Proof").SetZero()
		return out.Interface()
	}
	return v
}

// community keeps the community every user of a test belongs to.
func (s *storeTest) community() {
	s.Helper()
	s.update(func(tx mfa.Tx) error {
		return tx.PutCommunity(&mfa.Community{ID: "c1", Name: "Acme", CreatedAt: tx.Now()})
	})
}

// user keeps a user of the community.
func (s *storeTest) user(id, email string) mfa.User {
	s.Helper()
	u := mfa.User{ID: id, CommunityID: "c1", Email: email, Role: mfa.RoleMember, Status: mfa.UserActive, State: mfa.StateOff}
	s.update(func(tx mfa.Tx) error {
		u.Rev = 0
		return tx.PutUser(&u)
	})
	return u
}

// describe shows an error with its code and cause.
func describe(err error) string {
	var e *mfa.Error
	if !errors.As(err, &e) {
		return "error without a code: " + errorText(err)
	}
	return string(e.Code) + ": " + e.Error() + " (" + errorText(e.Cause) + ")"
}

func errorText(err error) string {
	if err == nil {
		return "none"
	}
	return err.Error()
}

// pluck takes one field of each record.
func pluck[T, V any](records []T, field func(T) V) []V {
	var out []V
	for _, r := range records {
		out = append(out, field(r))
	}
	return out
}
