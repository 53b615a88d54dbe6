package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

const (
	adminEmail    = "admin@acme.example"
	adminPassword = "correct horse battery"
)

// world is a store with an engine, and an operator who is signed in with both factors.
type world struct {
	t      *testing.T
	clock  *mfatest.Clock
	path   string
	keys   *seal.Keyring
	store  *store.Store
	engine *engine.Engine
	token  mfa.Secret
	phone  *authapp.App

	mu     sync.Mutex
	more   sync.Cond // on mu, when served grows
	served []api.Served
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: mfatest.NewClock(time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC))}
	w.path, w.keys = filepath.Join(t.TempDir(), "s.db"), seal.New()
	st, err := store.Create(t.Context(), w.path, store.Options{Clock: w.clock.Now})
	w.over(t, st, err)
	out, err := w.engine.Init(t.Context(), mfa.InitRequest{Community: "Acme", Email: adminEmail, Password: mfa.NewSecret(adminPassword)})
	w.ok(err)
	w.token = out.Session.Token
	e, err := w.engine.Enroll(w.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: mfa.NewSecret(adminPassword)})
	w.ok(err)
	w.phone, err = authapp.Scan(e.OtpauthURI.Reveal())
	w.ok(err)
	a, err := w.engine.Activate(w.ctx(), mfa.ActivateRequest{Code: mfa.NewSecret(w.phone.Code(w.clock.Now()))})
	w.ok(err)
	w.token = a.Session.Token
	w.clock.Advance(30 * time.Second)
	return w
}

// over puts an engine over a store.
func (w *world) over(t *testing.T, st *store.Store, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w.store, w.engine = st, engine.New(st, w.keys, engine.Options{Hasher: seal.NewQuickHasher(2, 64)})
}

// fork is a copy of a world whose store was closed: hashing passwords takes most of the
// time it takes to make one.
func (w *world) fork(t *testing.T) *world {
	t.Helper()
	b, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	f := &world{t: t, clock: mfatest.NewClock(w.clock.Now()), path: filepath.Join(t.TempDir(), "s.db"), keys: w.keys, token: w.token, phone: w.phone}
	if err := os.WriteFile(f.path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), f.path, store.Options{Clock: f.clock.Now})
	f.over(t, st, err)
	return f
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v (%v)", err, mfa.AsError(err).Cause)
	}
}

// settle makes an account one that was created long ago: none of its halves is open, and
// nobody controls it.
func (w *world) settle(email string) {
	w.t.Helper()
	w.ok(records.New(w.store, w.keys).Update(w.t.Context(), func(x *records.Writer) error {
		u, err := x.UserAt(email)
		if err != nil {
			return err
		}
		u.Halves, u.ControlMarks = nil, nil
		return x.PutUser(&u)
	}))
}

func (w *world) ctx() context.Context {
	return mfa.WithCall(w.t.Context(), mfa.Call{Token: w.token})
}

// handler serves a service, and remembers what it served.
func (w *world) handler(s mfa.Service) *api.Handler {
	w.more.L = &w.mu
	return api.NewHandler(s, api.Options{
		Clock: w.clock.Now, From: api.From("test", api.Proxies{}),
		Served: func(s api.Served) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.served = append(w.served, s)
			w.more.Broadcast()
		},
	})
}

// logged is what was logged, once that is of n requests: a request is logged after its
// answer was sent.
func (w *world) logged(n int) []api.Served {
	w.mu.Lock()
	defer w.mu.Unlock()
	late := false
	defer time.AfterFunc(10*time.Second, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		late = true
		w.more.Broadcast()
	}).Stop()
	for len(w.served) < n {
		if w.more.Wait(); late {
			w.t.Fatalf("the log has %d requests, not %d", len(w.served), n)
		}
	}
	return slices.Clone(w.served)
}

// listen serves a handler on this machine, in clear.
func listen(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// dial is a client of a server; it does not wait long before it tries again.
func dial(t *testing.T, url, ca string) *api.Client {
	t.Helper()
	at, err := api.ParseServer(url)
	if err != nil {
		t.Fatal(err)
	}
	c, err := api.NewClient(at, api.DialOptions{CAFile: ca, Backoff: time.Millisecond, MaxWait: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ok fails the test if there is an error.
func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (cause: %v)", err, mfa.AsError(err).Cause)
	}
}

// code fails the test unless an error has a code; if the code is empty, unless there is no
// error.
func code(t *testing.T, err error, want mfa.Code) {
	t.Helper()
	switch {
	case want == "":
		ok(t, err)
	case err == nil:
		t.Fatalf("want %s, got no error", want)
	}
	if got := mfa.AsError(err); want != "" && got.Code != want {
		t.Fatalf("want %s, got %s: %v (cause: %v)", want, got.Code, got, got.Cause)
	}
}

// refusal fails unless an error is of a code, and returns it.
func refusal(t *testing.T, err error, want mfa.Code) *mfa.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s", want)
	}
	e := mfa.AsError(err)
	if e.Code != want {
		t.Fatalf("%s: %v (%v), want %s", e.Code, e, e.Cause, want)
	}
	return e
}
