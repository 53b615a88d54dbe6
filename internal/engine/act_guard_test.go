package engine

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// A refusal after a change would commit half an act, or lose the count of a wrong
// code with it: it is a fault, and nothing of the act stays.
func TestARefusalAfterAChangeIsAFaultAndLeavesNothing(t *testing.T) {
	e, ctx := signedUp(t)
	for name, c := range map[string]struct {
		act  func(*scope) (mfa.Done, error)
		want mfa.Code
	}{
		"a refusal": {func(s *scope) (mfa.Done, error) { return mfa.Done{}, &mfa.Error{Code: mfa.Rejected} }, mfa.Internal},
		"no event":  {func(s *scope) (mfa.Done, error) { return mfa.Done{}, nil }, mfa.Internal},
		"a conflict": {func(s *scope) (mfa.Done, error) {
			return mfa.Done{}, mfa.Errorf(mfa.Conflict, "changed meanwhile")
		}, mfa.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := do(ctx, e, op{method: "Logout"}, func(s *scope) (mfa.Done, error) {
				s.actor.LastSignInAt = s.now.Add(time.Hour)
				if err := s.w.PutUser(&s.actor.User); err != nil {
					return mfa.Done{}, err
				}
				return c.act(s)
			})
			if got := mfa.AsError(err).Code; err == nil || got != c.want {
				t.Errorf("%v", err)
			}
			if signedIn(t, e, ctx).After(time.Now()) {
				t.Error("the change stayed")
			}
		})
	}
}

// What is written before an act is done, and after it was refused, is what a refusal may leave
// behind: there is no writer for more.
func TestTheWriterIsThereWhileTheActIsDoneAndNoLonger(t *testing.T) {
	e, ctx := signedUp(t)
	rule, _ := mfa.RuleOf("Logout")
	rule.Password = true
	o := op{method: "Logout", proof: func(s *scope, _ *account) (bool, error) {
		if s.w != nil || s.facts == nil {
			t.Error("what pays for a password may write more than a refusal")
		}
		return true, nil
	}}
	var seen *scope
	_, err := obey(ctx, e, o, rule, func(s *scope) (mfa.Done, error) {
		if seen = s; s.w == nil {
			t.Error("an act may write nothing")
		}
		return mfa.Done{}, &mfa.Error{Code: mfa.Conflict}
	})
	if mfa.AsError(err).Code != mfa.Conflict || seen == nil || seen.w != nil {
		t.Errorf("%v; after the refusal the writer is %v", err, seen)
	}
}

// signedUp is an engine over a new store, and its first operator's session.
func signedUp(t *testing.T) (*Engine, context.Context) {
	t.Helper()
	st, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	e := New(st, seal.New(), Options{})
	d, err := newDraw(e.rand)
	if err != nil {
		t.Fatal(err)
	}
	s := &scope{e: e, rand: d.reader()}
	var in mfa.SignedIn
	err = e.records.Begin(t.Context(), func(now time.Time) (string, error) {
		s.clock, s.now = now, now
		return "I", nil
	}, func(w *records.Writer) error {
		s.r, s.facts, s.w = w.Reader, w.RefusalWriter, w
		u := mfa.User{ID: "U", CommunityID: "C", Email: "a@acme.example", Role: mfa.RoleOperator, Status: mfa.UserActive, State: mfa.StateOff, CreatedAt: s.now}
		if err := errors.Join(w.PutCommunity(&mfa.Community{ID: "C", Name: "Acme", CreatedAt: s.now}), w.PutUser(&u)); err != nil {
			return err
		}
		a, err := s.settled(u)
		if err == nil {
			in, err = s.openSession(a, mfa.LevelPassword, "")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, mfa.WithCall(t.Context(), mfa.Call{Token: in.Token})
}

func signedIn(t *testing.T, e *Engine, ctx context.Context) (at time.Time) {
	t.Helper()
	err := e.records.View(ctx, func(r *records.Reader) error {
		u, err := r.UserAt("a@acme.example")
		at = u.LastSignInAt
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}
