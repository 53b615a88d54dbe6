package engine_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// storeState is every record of a store that gives somebody something, by what names it. Events,
// notices and answers for retries give nothing.
type storeState struct {
	communities map[string]mfa.Community
	users       map[string]mfa.User
	factors     map[string]mfa.Factor
	sessions    map[string]mfa.Session
	tokens      map[string]mfa.Token
	requests    map[string]mfa.Request
	privileged  map[mfa.Role]bool
}

func stateOf(w *world) storeState {
	w.t.Helper()
	s := storeState{
		map[string]mfa.Community{}, map[string]mfa.User{}, map[string]mfa.Factor{}, map[string]mfa.Session{},
		map[string]mfa.Token{}, map[string]mfa.Request{}, map[mfa.Role]bool{},
	}
	for _, g := range mfa.Roles() {
		s.privileged[g.Role] = g.Privileged()
	}
	ok(w.t, w.store.View(w.t.Context(), func(r mfa.Reader) error {
		communities, err := r.Communities()
		ok(w.t, err)
		for _, c := range communities {
			s.communities[c.ID] = c
			for _, role := range c.Roles {
				s.privileged[role.Name] = role.Grant().Privileged()
			}
		}
		users, err := r.Users(mfa.UserQuery{})
		ok(w.t, err)
		for _, u := range users {
			s.users[u.ID] = u
			rows, err := r.Factors(u.ID)
			ok(w.t, err)
			for _, f := range rows {
				s.factors[f.ID] = f
			}
			sessions, err := r.Sessions(u.ID)
			ok(w.t, err)
			for _, x := range sessions {
				s.sessions[x.Hash] = x
			}
		}
		tokens, err := r.Tokens(mfa.TokenQuery{})
		ok(w.t, err)
		for _, k := range tokens {
			s.tokens[k.ID] = k
		}
		requests, err := r.Requests(mfa.RequestQuery{})
		for _, q := range requests {
			s.requests[q.ID] = q
		}
		return err
	}))
	return s
}

// mended fails for each difference between two states of a store that the contract does not
// list (PRODUCT.md 3.2), after a bearer of the owner was stolen and revoked. admin is who
// revoked it, and has signed in meanwhile.
func (s storeState) mended(t *testing.T, now storeState, owner string, level mfa.Level) {
	t.Helper()
	gone := map[string]bool{}
	for id, u := range s.users {
		v, there := now.users[id]
		switch {
		case !there && s.privileged[u.Role]:
			t.Errorf("%s is gone", u.Email)
		case !there:
			gone[id] = true
		default:
			sameAccount(t, u, v, s.privileged[u.Role], id == owner)
		}
	}
	for id, v := range now.users {
		if _, old := s.users[id]; !old && (now.privileged[v.Role] || v.PasswordHash != "" && level != mfa.LevelToken) {
			t.Errorf("a new account: %+v", v)
		}
	}
	for id, f := range s.factors {
		g, there := now.factors[id]
		if !there && !gone[f.UserID] {
			t.Errorf("a factor %q is gone", f.Label)
		} else if there && (g.Kind != f.Kind || g.Status != f.Status || g.Label != f.Label && f.UserID != owner) {
			t.Errorf("%+v has become %+v", f, g)
		}
	}
	for id, g := range now.factors {
		if _, old := s.factors[id]; !old && s.users[g.UserID].ID != "" {
			t.Errorf("a new factor: %+v", g)
		}
	}
	sameBearers(t, s, now)
	sameRequests(t, s, now)
	sameCommunities(t, s, now)
}

// sameAccount compares what an account is, without what every try changes.
func sameAccount(t *testing.T, was, now mfa.User, privileged, own bool) {
	t.Helper()
	if !privileged && was.Status == mfa.UserActive { // locked or deactivated: that can be undone
		now.Status = was.Status
	}
	if own {
		now.PreferredID = was.PreferredID
	}
	was.Factors, now.Factors = marksOf(was), marksOf(now)
	for _, u := range []*mfa.User{&was, &now} {
		u.OTP, u.Code, u.VerifyOTP, u.VerifyCode = mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}
		u.Markers = nil // counters as well, which end with the sessions; they prove nothing
		u.Password = mfa.Attempts{Consecutive: min(u.Password.Consecutive, 100)}
		if u.Password.Consecutive < 100 {
			u.Password.Consecutive = 0
		}
		u.LastSignInAt, u.UsedAt, u.Halves = time.Time{}, time.Time{}, nil
		u.Rev, u.MAC, u.Proof = 0, nil, nil
		if u.Email == "admin@acme.example" { // who signs in to revoke
			u.Factors, u.OwnFactorAt = nil, time.Time{}
		}
	}
	if !reflect.DeepEqual(was, now) {
		t.Errorf("%s was %+v\nand is %+v", was.Email, was, now)
	}
}

// marksOf are a user's factors as the user row remembers them, without the last use and label.
func marksOf(u mfa.User) (marks []mfa.FactorMark) {
	for _, m := range u.Factors {
		m.Seen = ""
		marks = append(marks, m)
	}
	slices.SortFunc(marks, func(a, b mfa.FactorMark) int { return strings.Compare(a.ID, b.ID) })
	return marks
}

func sameBearers(t *testing.T, was, now storeState) {
	t.Helper()
	for hash, x := range now.sessions {
		if _, old := was.sessions[hash]; !old && was.users[x.UserID].ID != "" && was.users[x.UserID].Email != "admin@acme.example" {
			t.Errorf("a new session: %+v", x)
		}
	}
	for id, k := range now.tokens {
		old, there := was.tokens[id]
		if !there || !slices.Equal(old.Permissions, k.Permissions) || !old.ExpiresAt.Equal(k.ExpiresAt) || old.UserID != k.UserID {
			t.Errorf("a token: %+v", k)
		}
	}
}

func sameRequests(t *testing.T, was, now storeState) {
	t.Helper()
	for id, q := range now.requests {
		old, there := was.requests[id]
		if _, lives := now.tokens[q.TokenID]; !there && q.TokenID != "" && !lives {
			continue // it has lapsed with the token, see TestARequestLapsesWithTheTokenThatFiledIt
		}
		if !there || q.Status != old.Status && q.Status != mfa.RequestDenied {
			t.Errorf("a request: %+v", q)
		}
	}
}

func sameCommunities(t *testing.T, was, now storeState) {
	t.Helper()
	for id, c := range now.communities {
		old := was.communities[id]
		if !maps.Equal(old.Policy, c.Policy) || id == old.ID && old.ParentID != c.ParentID {
			t.Errorf("%s was %+v and is %+v", c.Name, old, c)
		}
		for _, role := range c.Roles {
			i := slices.IndexFunc(old.Roles, func(o mfa.CustomRole) bool { return o.Name == role.Name })
			switch {
			case i < 0 && len(role.Permissions) > 0:
				t.Errorf("a new role: %+v", role)
			case i >= 0 && slices.ContainsFunc(role.Permissions, func(p mfa.Permission) bool { return !slices.Contains(old.Roles[i].Permissions, p) }):
				t.Errorf("the role %+v has become %+v", old.Roles[i], role)
			}
		}
	}
	for id, c := range was.communities {
		if now.communities[id].ID == "" {
			t.Errorf("%s is gone", c.Name)
		}
	}
}
