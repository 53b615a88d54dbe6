package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

var overTheWire = flag.Bool("wire", false, "have people act through client and handler, on a unix socket")

// world is a real store with an engine over it and people who act. They act on its
// Service, which is the engine itself or, with -wire, a client of its handler.
type world struct {
	mfa.Service
	core
	t     *testing.T
	clock *mfatest.Clock
	store *store.Store
	path  string
	keys  *seal.Keyring
	admin *person
}

// core holds the engine one step deeper than the Service, which goes before it.
type core struct{ *engine.Engine }

// serve sets what people act on.
func (w *world) serve(t *testing.T) {
	t.Helper()
	w.Service = proving(w.Engine)
	if *overTheWire {
		w.Service = proving(w.client(t))
	}
}

// client is a client of a handler of the world's engine.
func (w *world) client(t *testing.T) *api.Client {
	t.Helper()
	h := api.NewHandler(w.Engine, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{}), Tries: 1 << 20})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ConnContext: api.WithPeer}} //nolint:gosec // no stranger comes
	s.Start()
	t.Cleanup(s.Close)
	c, err := api.NewClient(api.Server{Socket: l.Addr().String()}, api.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// person is somebody with a password, a phone, codes and a session.
type person struct {
	w        *world
	email    string
	password mfa.Secret
	token    mfa.Secret
	phone    *authapp.App
	codes    []mfa.Secret
}

const goodPassword = "correct horse battery"

// first is a world in which nothing was done yet but that its administrator
// turned 2FA on. Hashing passwords takes most of the time of these tests, so it is
// made once and copied.
type first struct {
	store []byte
	keys  *seal.Keyring
	now   time.Time
	admin person
}

// newWorld returns a world of its own.
func newWorld(t *testing.T) *world {
	t.Helper()
	f := beginning(t)
	w := &world{t: t, clock: mfatest.NewClock(f.now), path: filepath.Join(t.TempDir(), "s.db"), keys: f.keys}
	if err := os.WriteFile(w.path, f.store, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open(t)
	w.admin = f.admin.in(w)
	return w
}

// quick are the options of engines in tests, which hash passwords at little cost:
// what full cost is, is tested where they are hashed, and that the program has it,
// where it is made.
func quick() engine.Options { return engine.Options{Hasher: seal.NewQuickHasher(2, 64)} }

// open opens the world's store and closes it when the test is over.
func (w *world) open(t *testing.T) {
	t.Helper()
	st, err := store.Open(t.Context(), w.path, store.Options{Clock: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	w.store, w.Engine = st, engine.New(st, w.keys, quick())
	w.serve(t)
}

var (
	beginOnce sync.Once
	begun     *first
)

func beginning(t *testing.T) *first {
	t.Helper()
	beginOnce.Do(func() { begun = begin(t) })
	if begun == nil {
		t.Fatal("the first world could not be made")
	}
	return begun
}

func begin(t *testing.T) *first {
	t.Helper()
	w := &world{t: t, clock: mfatest.NewClock(time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC)), path: filepath.Join(t.TempDir(), "s.db"), keys: seal.New()}
	st, err := store.Create(t.Context(), w.path, store.Options{Clock: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	w.store, w.Engine = st, engine.New(st, w.keys, quick())
	w.Service = proving(w.Engine)
	w.admin = &person{w: w, email: "admin@acme.example", password: mfa.NewSecret(goodPassword)}
	out, err := w.Init(t.Context(), mfa.InitRequest{Community: "Acme", Email: w.admin.email, Password: w.admin.password})
	if err != nil {
		t.Fatal(err)
	}
	w.admin.token = out.Session.Token
	w.admin.enable()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(w.path)
	if err != nil {
		t.Fatal(err)
	}
	return &first{store: b, keys: w.keys, now: w.clock.Now(), admin: *w.admin}
}

// user makes an account of long standing and signs it in: nobody controls it, and none of its
// halves is open.
func (w *world) user(email string, role mfa.Role) *person {
	w.t.Helper()
	p := w.freshUser(email, role)
	w.edit(email, ofLongStanding)
	return p
}

// ofLongStanding makes an account one that was created, and changed last, long ago.
func ofLongStanding(u *mfa.User) { u.Halves, u.ControlMarks = nil, nil }

// freshUser makes an account that was created just now and signs it in.
func (w *world) freshUser(email string, role mfa.Role) *person {
	w.t.Helper()
	p := &person{w: w, email: email, password: mfa.NewSecret("a password of " + email[:1] + " her own")}
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: email, Role: role, NewPassword: p.password})
	if err != nil {
		w.t.Fatal(err)
	}
	p.login("")
	return p
}

// ctx carries the person's session.
func (p *person) ctx() context.Context {
	return mfa.WithCall(context.WithValue(p.w.t.Context(), personKey{}, p), mfa.Call{Token: p.token})
}

// enable turns 2FA on, as a person does.
func (p *person) enable() {
	p.w.t.Helper()
	e, err := p.w.Enroll(p.ctx(), mfa.EnrollRequest{Kind: mfa.KindTOTP, Label: "phone", Password: p.password})
	if err != nil {
		p.w.t.Fatal(err)
	}
	if p.phone, err = authapp.Scan(e.OtpauthURI.Reveal()); err != nil {
		p.w.t.Fatal(err)
	}
	a, err := p.w.Activate(p.ctx(), mfa.ActivateRequest{Code: p.code()})
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.token, p.codes = a.Session.Token, a.BackupCodes
	p.w.clock.Advance(30 * time.Second)
}

func (p *person) code() mfa.Secret { return mfa.NewSecret(p.phone.Code(p.w.clock.Now())) }

func (p *person) wrong() mfa.Secret { return mfa.NewSecret(p.phone.Wrong(p.w.clock.Now())) }

// try signs in and returns what came of it.
func (p *person) try(code mfa.Secret) (mfa.SignedIn, error) {
	return p.w.Login(p.w.t.Context(), mfa.LoginRequest{Email: p.email, Password: p.password, Code: code})
}

// login signs in and goes on with that session.
func (p *person) login(code string) mfa.SignedIn {
	p.w.t.Helper()
	out, err := p.try(mfa.NewSecret(code))
	if err != nil {
		p.w.t.Fatalf("%s cannot sign in: %v", p.email, err)
	}
	p.token = out.Token
	return out
}

// reset is what the administrator does to the person.
func (p *person) reset() mfa.ResetReport {
	p.w.t.Helper()
	out, err := p.w.Reset(p.w.admin.ctx(), mfa.ResetRequest{User: p.email, Password: p.w.admin.password, Change: mfa.Change{Reason: "lost phone"}})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return out
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

// refusal fails the test unless an error has a code and its words, with the hint, name all of some.
func refusal(t *testing.T, err error, want mfa.Code, words ...string) {
	t.Helper()
	code(t, err, want)
	e := mfa.AsError(err)
	for _, word := range words {
		if text := e.Error() + "; " + e.HintText(); !strings.Contains(text, word) {
			t.Errorf("%q does not say %q", text, word)
		}
	}
}

// refresh signs the person in again after a long time.
func (p *person) refresh() {
	p.w.t.Helper()
	if len(p.codes) == 0 {
		p.w.t.Fatal("no backup codes left to sign in with")
	}
	out, err := p.try(p.code())
	if err != nil {
		out, err = p.try(p.codes[0])
		p.codes = p.codes[1:]
	}
	if err != nil {
		p.w.t.Fatalf("%s cannot sign in: %v", p.email, err)
	}
	p.token = out.Token
}

// recorded fails unless an event of an action stands in the audit trail.
func (w *world) recorded(action mfa.Action, outcome mfa.Outcome) mfa.Event {
	w.t.Helper()
	page, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{action}})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, ev := range page.Items {
		if ev.Outcome == outcome {
			return ev
		}
	}
	w.t.Fatalf("no event %s %s", action, outcome)
	return mfa.Event{}
}

// killWhileHashing begins a sign-in and ends it after the attempt was reserved,
// as kill -9 would.
func (w *world) killWhileHashing(email string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	dying := engine.New(&lastUpdate{Store: w.store, after: cancel}, w.keys, quick())
	_, err := dying.Login(ctx, mfa.LoginRequest{Email: email, Password: mfa.NewSecret("whatever it is")})
	if err == nil {
		w.t.Fatal("it lived")
	}
}

// lastUpdate is a store whose process dies after one update.
type lastUpdate struct {
	mfa.Store
	after func()
	done  bool
}

func (l *lastUpdate) Update(ctx context.Context, f func(mfa.Tx) error) error {
	if l.done {
		return mfa.Errorf(mfa.Unavailable, "dead")
	}
	l.done = true
	defer l.after()
	return l.Store.Update(ctx, f)
}

// edit changes a user's row as a later command would, with a valid MAC.
func (w *world) edit(email string, change func(*mfa.User)) {
	w.t.Helper()
	err := records.New(w.store, w.keys).Update(w.t.Context(), func(wr *records.Writer) error {
		u, err := wr.UserAt(email)
		if err != nil {
			return err
		}
		change(&u)
		return wr.PutUser(&u)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (p *person) scan(e mfa.Enrollment) {
	p.w.t.Helper()
	var err error
	if p.phone, err = authapp.Scan(e.OtpauthURI.Reveal()); err != nil {
		p.w.t.Fatal(err)
	}
}

func (p *person) id() string {
	p.w.t.Helper()
	u, err := p.w.ShowUser(p.w.admin.ctx(), mfa.ShowUserRequest{User: p.email})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return u.ID
}

// community is the id of the person's community.
func (p *person) community() string {
	p.w.t.Helper()
	var community string
	err := p.w.store.View(p.w.t.Context(), func(r mfa.Reader) error {
		id, err := r.UserID(p.email)
		if err != nil {
			return err
		}
		u, err := r.User(id)
		community = u.CommunityID
		return err
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return community
}

// community makes a community below another, or at the top.
func (w *world) community(name, parent string) string {
	w.t.Helper()
	out, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: name, Parent: parent, Top: parent == ""})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Community.ID
}

// holdsNone fails if a file of the store holds one of the values.
func (w *world) holdsNone(values []string) {
	w.t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(w.path + suffix)
		if err != nil && suffix == "" {
			w.t.Fatal(err)
		}
		for _, v := range values {
			plain := strings.ReplaceAll(v, "-", "")
			bare := sha256.Sum256([]byte(v))
			for _, form := range [][]byte{[]byte(v), []byte(plain), bare[:], []byte(hex.EncodeToString(bare[:]))} {
				isToken := strings.HasPrefix(v, "mfactl_")
				if bytes.Contains(b, form) && !isToken {
					w.t.Errorf("the file %s holds a secret", w.path+suffix)
				}
			}
			if bytes.Contains(b, []byte(v)) {
				w.t.Errorf("the file %s holds a token or a code", w.path+suffix)
			}
		}
	}
}

// fork returns a copy of the world as it is now, with a clock of its own: what is
// done in one is not seen in the other.
func (w *world) fork(t *testing.T) *world {
	t.Helper()
	f := &world{t: t, clock: mfatest.NewClock(w.clock.Now()), path: filepath.Join(t.TempDir(), "s.db"), keys: w.keys}
	w.execute("VACUUM INTO '" + f.path + "'")
	if err := os.Chmod(f.path, 0o600); err != nil {
		t.Fatal(err)
	}
	f.open(t)
	f.admin = w.admin.in(f)
	return f
}

// in is the same person in another world.
func (p *person) in(w *world) *person {
	q := *p
	q.w, q.codes = w, slices.Clone(p.codes)
	return &q
}
