package engine

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// A refusal after a change would commit half an act, or lose the count of a wrong
// code with it: it is a fault, and nothing of the act stays.
func TestARefusalAfterAChangeIsAFaultAndLeavesNothing(t *testing.T) {
	st, err := store.Create(t.Context(), filepath.Join(t.TempDir(), "s.db"), store.Options{Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	e := New(st, seal.New(), Options{})
	out, err := e.Init(t.Context(), mfa.InitRequest{Community: "Acme", Email: "a@acme.example", Password: mfa.NewSecret("correct horse battery")})
	if err != nil {
		t.Fatal(err)
	}
	ctx := mfa.WithCall(t.Context(), mfa.Call{Token: out.Session.Token})
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
			if signedIn(t, st, ctx).After(time.Now()) {
				t.Error("the change stayed")
			}
		})
	}
}

func signedIn(t *testing.T, st mfa.Store, ctx context.Context) (at time.Time) {
	t.Helper()
	err := st.View(ctx, func(r mfa.Reader) error {
		id, err := r.UserID("a@acme.example")
		if err != nil {
			return err
		}
		u, err := r.User(id)
		at = u.LastSignInAt
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return at
}
