package api_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// kind is one sort of proof that a caller can bring.
type kind struct {
	name  string
	token mfa.Secret
	level mfa.Level // empty: not a session
}

// newKinds is a cast in which somebody holds each sort of session.
func newKinds(t *testing.T) (*cast, []kind) {
	t.Helper()
	c := newCast(t)
	idle, brief := c.person("idle", mfa.RoleOperator), c.issue("", "brief", 30*time.Minute)
	ended := c.ended()
	c.clock.Advance(11 * time.Minute)
	in, err := c.engine.Login(t.Context(), mfa.LoginRequest{Email: adminEmail, Password: mfa.NewSecret(adminPassword), Code: mfa.NewSecret(c.phone.Code(c.clock.Now()))})
	c.ok(err)
	c.token = in.Token
	again, err := c.engine.Login(t.Context(), mfa.LoginRequest{Email: c.eve.email, Password: c.eve.password})
	c.ok(err)
	c.eve.token = again.Token
	password, revoked, lost := c.person("password", mfa.RoleOperator), c.person("revoked", mfa.RoleOperator), c.person("lost", mfa.RoleOperator)
	_, err = c.engine.RevokeSessions(c.ctx(), mfa.RevokeSessionsRequest{User: revoked.email})
	c.ok(err)
	c.enroll(lost, "phone")
	reset, err := c.engine.Reset(c.ctx(), mfa.ResetRequest{User: lost.email, Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	enroll, err := c.engine.Login(t.Context(), mfa.LoginRequest{Email: lost.email, Password: lost.password, Code: reset.RecoveryCode})
	c.ok(err)
	challenge, err := c.engine.Login(t.Context(), mfa.LoginRequest{Email: c.bob.email, Password: c.bob.password})
	c.ok(err)
	token, gone := c.issue("", "all", 0), c.issue("", "gone", 0)
	_, err = c.engine.RevokeToken(c.ctx(), mfa.RevokeTokenRequest{ID: gone.ID})
	c.ok(err)
	return c, []kind{
		{"none", mfa.Secret{}, ""},
		{"what is no token", mfa.NewSecret("mfactl_s_0123456789"), ""},
		{"an idle one", idle.token, ""},
		{"one past its end", ended, ""},
		{"a revoked one", revoked.token, ""},
		{"a challenge", challenge.Token, ""},
		{"an API token past its end", brief.Token, ""},
		{"a revoked API token", gone.Token, ""},
		{"enroll", enroll.Token, mfa.LevelEnroll},
		{"password", password.token, mfa.LevelPassword},
		{"mfa", c.token, mfa.LevelMFA},
		{"an API token", token.Token, mfa.LevelToken},
	}
}

// ended is a session that is past its end and was used eleven minutes before; it lets
// twenty minutes go by.
func (c *cast) ended() mfa.Secret {
	c.t.Helper()
	rule := func(value string) {
		_, err := c.engine.SetPolicy(c.ctx(), mfa.SetPolicyRequest{Rules: map[string]string{"session_max": value}, Password: mfa.NewSecret(adminPassword)})
		c.ok(err)
	}
	rule("30m")
	p := c.person("ended", mfa.RoleOperator)
	rule("")
	c.clock.Advance(20 * time.Minute)
	_, err := c.engine.ListUsers(c.as(p), mfa.ListUsersRequest{})
	c.ok(err)
	return p.token
}

// issue makes an API token of every permission.
func (c *cast) issue(owner, name string, life time.Duration) mfa.TokenIssued {
	c.t.Helper()
	out, err := c.engine.CreateToken(c.ctx(), mfa.CreateTokenRequest{For: owner, Name: name, Permissions: mfa.Permissions(), Expires: mfa.Span(life), Password: mfa.NewSecret(adminPassword)})
	c.ok(err)
	return out
}

// bodies are the requests of the page's examples.
func bodies(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range snippet.FindAllStringSubmatch(string(page), -1) {
		_, body, _ := strings.Cut(m[2], "<<EOF\n")
		out[m[1]] = strings.TrimSuffix(body, "\nEOF\n")
	}
	return out
}

// Every sort of session meets every route: a caller who is not signed in, or who may not, is
// refused, and no other one is. A new route is covered without a change here.
func TestEverySessionMeetsEveryRoute(t *testing.T) {
	cells := 0
	everyRoute(t, func(c *cast, kinds []kind, r api.Route, ask func(mfa.Secret) reply) {
		for _, k := range kinds {
			a := ask(k.token)
			cells++
			want := http.StatusUnauthorized
			if k.level != "" {
				want = http.StatusForbidden
			}
			widens := r.Rule.Password != mfa.PasswordNever && r.Rule.Admits(k.level) && strings.Contains(string(a.body), "an API token may not ")
			if refused := !widens && (a.status == 401 || a.status == 403); r.Rule.Admits(k.level) == refused || refused && a.status != want {
				t.Errorf("%s with %s: %d %s", r.Rule.Method, k.name, a.status, a.body)
			}
		}
	})
	t.Logf("%d cells", cells)
}

// A token of each permission meets every route: it opens those of its permission, and
// what else it is refused is not for want of that. With -short a route meets the token of its
// permission and one other.
func TestATokenOfEveryPermissionMeetsEveryRoute(t *testing.T) {
	cells, all := 0, mfa.Permissions()
	everyRoute(t, func(c *cast, _ []kind, r api.Route, ask func(mfa.Secret) reply) {
		other := all[cells%len(all)]
		for _, p := range all {
			if testing.Short() && p != r.Rule.Permission && p != other {
				continue
			}
			made, err := c.engine.CreateToken(c.ctx(), mfa.CreateTokenRequest{Name: string(p), Permissions: []mfa.Permission{p}, Password: mfa.NewSecret(adminPassword)})
			c.ok(err)
			a := ask(made.Token)
			cells++
			lacks := strings.Contains(string(a.body), "lacks the permission "+string(r.Rule.Permission)+`"`)
			switch has := r.Rule.Permission == "" || r.Rule.Permission == p; {
			case !r.Rule.Admits(mfa.LevelToken) && a.status != 403:
				t.Errorf("%s with a token of %s: %d %s, and no token may", r.Rule.Method, p, a.status, a.body)
			case r.Rule.Admits(mfa.LevelToken) && !has && (a.status != 403 || !lacks):
				t.Errorf("%s with a token of %s alone: %d %s", r.Rule.Method, p, a.status, a.body)
			case r.Rule.Admits(mfa.LevelToken) && has && (a.status == 401 || a.status == 403 && lacks):
				t.Errorf("%s with a token of %s: %d %s", r.Rule.Method, p, a.status, a.body)
			}
		}
	})
	t.Logf("%d cells", cells)
}

// everyRoute gives every route that needs a session a world of its own, and a way to
// call it as its example does.
func everyRoute(t *testing.T, meet func(c *cast, kinds []kind, r api.Route, ask func(mfa.Secret) reply)) {
	t.Helper()
	all, kinds := newKinds(t)
	if err := all.store.Close(); err != nil {
		t.Fatal(err)
	}
	requests := bodies(t)
	for _, r := range api.Routes() {
		if r.Rule.SignsIn() {
			continue // these routes need no session
		}
		c := *all
		c.world = all.fork(t)
		_, env := c.variables(r.Rule.Method)
		body := os.Expand(requests[r.Rule.Method], func(name string) string { return env[name] })
		url := listen(t, c.handler(c.engine)).URL
		meet(&c, kinds, r, func(token mfa.Secret) reply { return bear(t, url, r.Rule.Method, body, token) })
	}
}

// bear makes a call with a token, or without one.
func bear(t *testing.T, url, method, body string, token mfa.Secret) reply {
	t.Helper()
	q := request(t, url, method, strings.NewReader(body))
	q.Header.Set("Idempotency-Key", rand.Text())
	if !token.IsZero() {
		q.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	return send(t, q)
}
