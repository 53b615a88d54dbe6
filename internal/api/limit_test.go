package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// tries is how many sign-ins of an address are let through before it must wait.
func tries(t *testing.T, h http.Handler, next func(n int) *http.Request) int {
	t.Helper()
	for n := range 1000 {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, next(n))
		if rec.Code == http.StatusTooManyRequests {
			if s, err := strconv.Atoi(rec.Header().Get("Retry-After")); err != nil || s < 1 {
				t.Errorf("no Retry-After: %v", rec.Header())
			}
			return n
		}
		if rec.Code != http.StatusUnauthorized {
			t.Fatalf("try %d: %d %s", n, rec.Code, rec.Body)
		}
	}
	return 1000
}

// unknownToken asks with a token that does not exist, which costs as much as a sign-in and no hash.
func unknownToken(from string, forwarded ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/WhoAmI", strings.NewReader("{}"))
	r.RemoteAddr = from
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer none")
	for _, f := range forwarded {
		r.Header.Add("X-Forwarded-For", f)
	}
	return r
}

func TestAnAddressTriesOnlySoOften(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		next  func(n int) *http.Request
		bound bool
	}{
		"one address":                {func(int) *http.Request { return unknownToken("203.0.113.7:4711") }, true},
		"other ports":                {func(n int) *http.Request { return unknownToken("203.0.113.7:" + strconv.Itoa(1024+n)) }, true},
		"one customer's addresses":   {func(n int) *http.Request { return unknownToken(fmt.Sprintf("[2001:db8:1:2::%x]:1", n+1)) }, true},
		"other customers":            {func(n int) *http.Request { return unknownToken(fmt.Sprintf("[2001:db8:1:%x::1]:1", n+1)) }, false},
		"a header anybody can write": {func(n int) *http.Request { return unknownToken("203.0.113.7:1", fmt.Sprintf("198.51.100.%d", n%250)) }, true},
		"behind a trusted proxy": {func(n int) *http.Request {
			return unknownToken("10.0.0.1:1", fmt.Sprintf("198.51.100.%d, 192.0.2.9", n%250))
		}, true},
		"behind two, in two headers": {func(n int) *http.Request {
			return unknownToken("10.0.0.1:1", fmt.Sprintf("198.51.100.%d", n%250), "192.0.2.9, 10.0.0.2")
		}, true},
		"many clients of a proxy": {func(n int) *http.Request {
			return unknownToken("10.0.0.1:1", fmt.Sprintf("198.51.%d.%d", n/250, n%250))
		}, false},
		"v4 in v6": {func(int) *http.Request { return unknownToken("[::ffff:203.0.113.7]:1") }, true},
		"no address in the header": {func(n int) *http.Request {
			return unknownToken("10.0.0.1:1", "nonsense"+strconv.Itoa(n))
		}, true},
	} {
		h := api.NewHandler(w.engine, api.Options{
			Clock: w.clock.Now, From: api.From("test", api.Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}),
		})
		got := tries(t, h, c.next)
		if c.bound != (got == 60) {
			t.Errorf("%s: %d tries", name, got)
		}
		if !c.bound {
			continue
		}
		w.clock.Advance(3 * time.Second)
		if more := tries(t, h, c.next); more != 3 {
			t.Errorf("%s: %d more after three seconds", name, more)
		}
	}
}

// A caller who is signed in is not limited by the address, though another client there tries
// unknown tokens without end. That client must wait, and does not fill the audit trail.
func TestWhoIsSignedInMayAskOften(t *testing.T) {
	w := newWorld(t)
	h := api.NewHandler(w.engine, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{})})
	ask := func(token string) int {
		r := unknownToken("203.0.113.7:1")
		r.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	before := w.count(mfa.ActAuthzDeny)
	for n := range 200 {
		if status := ask(w.token.Reveal()); status != http.StatusOK {
			t.Fatalf("signed in, after %d who are not: %d", n, status)
		}
		if status := ask("none"); n >= 60 && status != http.StatusTooManyRequests {
			t.Fatalf("knocking for the %dth time: %d", n, status)
		}
	}
	if n := w.count(mfa.ActAuthzDeny) - before; n != 10 {
		t.Errorf("%d events", n)
	}
	login := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/Login", strings.NewReader(`{"email":"nobody@acme.example","password":"none at all"}`))
	login.RemoteAddr = "203.0.113.7:2"
	login.Header.Set("Content-Type", "application/json")
	login.Header.Set("Idempotency-Key", "0123456789abcdefghijkl")
	rec := httptest.NewRecorder()
	if h.ServeHTTP(rec, login); rec.Code != http.StatusTooManyRequests {
		t.Errorf("a sign-in from there: %d", rec.Code)
	}
}

// Passwords are hashed a few at a time, and a few more wait. A client that comes then learns
// at once when to come again, and has tried nothing.
func TestATurnedAwayCallerIsToldWhenToComeAgain(t *testing.T) {
	w := newWorld(t)
	passwords := engine.New(w.store, w.keys, engine.Options{Hasher: seal.NewHasher(2, 8)}) // at full cost: the others come meanwhile
	h := api.NewHandler(passwords, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{}), Tries: 1 << 10})
	answers := make(chan *httptest.ResponseRecorder)
	const callers = 60
	for n := range callers {
		go func() {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/Login", strings.NewReader(fmt.Sprintf(`{"email":"nobody%d@acme.example","password":"none at all"}`, n)))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", fmt.Sprintf("0123456789abcdef012345%d", n))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			answers <- rec
		}()
	}
	count := map[int]int{}
	for range callers {
		a := <-answers
		count[a.Code]++
		if s, err := strconv.Atoi(a.Header().Get("Retry-After")); a.Code == http.StatusServiceUnavailable && (err != nil || s < 1) {
			t.Errorf("503 without Retry-After: %v", a.Header())
		}
	}
	if count[422] < 10 || count[503] == 0 || count[422]+count[503] != callers {
		t.Errorf("answers by status: %v", count)
	}
}

// A caller who is signed in and asks for what they may not, without end, must wait and
// fills no audit trail. Others at the same address, and their own other sessions, go on.
func TestWhoIsRefusedWithoutEndMustWait(t *testing.T) {
	w := newWorld(t)
	h := api.NewHandler(w.engine, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{})})
	issued, err := w.engine.CreateToken(w.ctx(), mfa.CreateTokenRequest{Name: "reads", Permissions: []mfa.Permission{mfa.UsersRead}, Password: mfa.NewSecret(adminPassword)})
	w.ok(err)
	ask := func(token mfa.Secret) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/ListTokens", strings.NewReader("{}"))
		r.RemoteAddr = "203.0.113.7:1"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token.Reveal())
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Code
	}
	before := w.count(mfa.ActAuthzDeny)
	for n := range 200 {
		want := http.StatusForbidden
		if n >= 60 {
			want = http.StatusTooManyRequests
		}
		if status := ask(issued.Token); status != want {
			t.Fatalf("refused for the %dth time: %d", n, status)
		}
	}
	if n := w.count(mfa.ActAuthzDeny) - before; n != 60 {
		t.Errorf("%d events", n)
	}
	if status := ask(w.token); status != http.StatusOK {
		t.Errorf("somebody else: %d", status)
	}
	w.clock.Advance(2 * time.Second)
	for _, want := range []int{http.StatusForbidden, http.StatusForbidden, http.StatusTooManyRequests} {
		if status := ask(issued.Token); status != want {
			t.Errorf("after two seconds: %d", status)
		}
	}
}

// What is refused for the sake of whom it would be done to bars no caller: an application's
// token is shared by all its users.
func TestOneUserOfAnApplicationBarsNoOther(t *testing.T) {
	w := newWorld(t)
	h := api.NewHandler(w.engine, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{})})
	_, err := w.engine.CreateUser(w.ctx(), mfa.CreateUserRequest{Email: "app@acme.example", Service: true, Role: mfa.RoleHelpdesk, Password: mfa.NewSecret(adminPassword)})
	w.ok(err)
	issued, err := w.engine.CreateToken(w.ctx(), mfa.CreateTokenRequest{For: "app@acme.example", Name: "app", Permissions: []mfa.Permission{mfa.UsersLock}, Password: mfa.NewSecret(adminPassword)})
	w.ok(err)
	for n := range 100 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/LockUser", strings.NewReader(`{"user":"`+adminEmail+`"}`))
		r.RemoteAddr = "203.0.113.7:1"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("0123456789abcdef012345%d", n))
		r.Header.Set("Authorization", "Bearer "+issued.Token.Reveal())
		rec := httptest.NewRecorder()
		if h.ServeHTTP(rec, r); rec.Code != http.StatusForbidden {
			t.Fatalf("asked for the %dth time: %d %s", n, rec.Code, rec.Body)
		}
	}
}
