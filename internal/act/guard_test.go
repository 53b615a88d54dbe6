package act

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// A refusal after a change would commit half an act, or lose the count of a wrong
// code with it: it is a fault, and nothing of the act stays.
func TestARefusalAfterAChangeIsAFaultAndLeavesNothing(t *testing.T) {
	run, ctx := signedUp(t)
	for name, c := range map[string]struct {
		act  func(*Act) (mfa.Done, error)
		want mfa.Code
	}{
		"a refusal": {func(a *Act) (mfa.Done, error) { return mfa.Done{}, &mfa.Error{Code: mfa.Rejected} }, mfa.Internal},
		"no event":  {func(a *Act) (mfa.Done, error) { return mfa.Done{}, nil }, mfa.Internal},
		"a conflict": {func(a *Act) (mfa.Done, error) {
			return mfa.Done{}, mfa.Errorf(mfa.Conflict, "changed meanwhile")
		}, mfa.Conflict},
		"a write that failed": {func(a *Act) (mfa.Done, error) {
			a.Wrote(&mfa.Error{Code: mfa.Unavailable})
			a.Record(Event{Action: mfa.ActSessionRevoke})
			return mfa.Done{}, nil
		}, mfa.Unavailable},
		"a refusal after a write that failed": {func(a *Act) (mfa.Done, error) {
			a.Wrote(mfa.Errorf(mfa.Conflict, "the row has changed"))
			return mfa.Done{}, &mfa.Error{Code: mfa.Rejected}
		}, mfa.Conflict},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Perform(ctx, run, Spec{Method: "Logout"}, func(a *Act, _ *Account) (mfa.Done, error) {
				a.Actor.LastSignInAt = a.Now.Add(time.Hour)
				if err := a.Write.PutUser(&a.Actor.User); err != nil {
					return mfa.Done{}, err
				}
				return c.act(a)
			})
			if got := mfa.AsError(err).Code; err == nil || got != c.want {
				t.Errorf("%v", err)
			}
			if signedIn(t, run, ctx).After(time.Now()) {
				t.Error("the change stayed")
			}
		})
	}
}

// What is written before an act is done, and after it was refused, is what a refusal may leave
// behind: there is no writer for more.
func TestTheWriterIsThereWhileTheActIsDoneAndNoLonger(t *testing.T) {
	run, ctx := signedUp(t)
	rule, _ := mfa.RuleOf("Logout")
	rule.Password = mfa.PasswordAlways
	o := Spec{Method: "Logout", Proof: func(a *Act, _ *Account) (bool, error) {
		if a.Write != nil || a.Refusals == nil {
			t.Error("what pays for a password may write more than a refusal")
		}
		return true, nil
	}}
	var seen *Act
	_, err := PerformUnder(ctx, run, o, rule, func(a *Act, _ *Account) (mfa.Done, error) {
		if seen = a; a.Write == nil {
			t.Error("an act may write nothing")
		}
		return mfa.Done{}, &mfa.Error{Code: mfa.Conflict}
	})
	if mfa.AsError(err).Code != mfa.Conflict || seen == nil || seen.Write != nil {
		t.Errorf("%v; after the refusal the writer is %v", err, seen)
	}
}

// signedUp is a runner over a new store, and its first operator's session.
func signedUp(t *testing.T) (*Runner, context.Context) {
	t.Helper()
	st, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	keys := seal.New()
	run := &Runner{Records: records.New(st, keys), Keys: keys, Hasher: seal.NewHasher(1, 1), Rand: rand.Reader, Kinds: factor.NewSet(factor.All())}
	a := &Act{Runner: run, Rand: newDraw(run.Rand).reader()}
	var in mfa.SignedIn
	err = run.Records.Begin(t.Context(), func(now time.Time) (string, error) {
		a.Clock, a.Now = now, now
		return "I", nil
	}, func(w *records.Writer) error {
		a.Read, a.Refusals, a.Write = w.Reader, w.RefusalWriter, w
		u := mfa.User{ID: "U", CommunityID: "C", Email: "a@acme.example", Role: mfa.RoleOperator, Status: mfa.UserActive, State: mfa.StateOff, CreatedAt: a.Now}
		if err := errors.Join(w.PutCommunity(&mfa.Community{ID: "C", Name: "Acme", CreatedAt: a.Now}), w.PutUser(&u), w.PutMark(records.Mark{At: a.Now})); err != nil {
			return err
		}
		account, err := a.AccountOf(u)
		if err == nil {
			in = a.OpenSession(account, mfa.LevelPassword, "")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return run, mfa.WithCall(t.Context(), mfa.Call{Token: in.Token})
}

func signedIn(t *testing.T, run *Runner, ctx context.Context) (at time.Time) {
	t.Helper()
	err := run.Records.View(ctx, func(r *records.Reader) error {
		u, err := r.UserAt("a@acme.example")
		at = u.LastSignInAt
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}
