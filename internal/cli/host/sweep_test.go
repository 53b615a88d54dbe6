package host

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// keeping is a store whose answers to retries are kept and counted.
type keeping struct {
	t      *testing.T
	path   string
	now    time.Time
	store  *store.Store
	engine *engine.Engine
	calls  int
}

func newKeeping(t *testing.T) *keeping {
	t.Helper()
	k := &keeping{t: t, path: filepath.Join(t.TempDir(), "s.db"), now: time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC)}
	st, err := store.Create(t.Context(), k.path, store.Options{Clock: func() time.Time { return k.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	k.store, k.engine = st, engine.New(st, seal.New(), engine.Options{Hasher: seal.NewQuickHasher(2, 64)})
	_, err = k.engine.Init(t.Context(), mfa.InitRequest{Community: "Acme", Email: "a@acme.example", Password: mfa.NewSecret("correct horse battery")})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// kept counts the answers that are kept.
func (k *keeping) kept() (n int) {
	k.t.Helper()
	db, err := sql.Open("sqlite", "file:"+k.path+"?_busy_timeout=5000")
	if err == nil {
		err = db.QueryRowContext(context.Background(), "SELECT count(*) FROM replies").Scan(&n)
		_ = db.Close()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}

// keep makes the store keep answers, and lets them expire.
func (k *keeping) keep() {
	k.t.Helper()
	for range 3 {
		k.calls++
		ctx := mfa.WithCall(k.t.Context(), mfa.Call{Key: mfa.NewSecret("a key of a test, number " + strconv.Itoa(k.calls))})
		if _, err := k.engine.Login(ctx, mfa.LoginRequest{Email: "a@acme.example", Password: mfa.NewSecret("correct horse battery")}); err != nil {
			k.t.Fatal(err)
		}
	}
	if k.kept() == 0 {
		k.t.Fatal("no answer is kept")
	}
	k.now = k.now.Add(21 * time.Minute)
}

// Expired answers are removed at the start and at each tick. An error is logged and ends
// nothing; the end of the context does.
func TestExpiredAnswersAreRemovedAtTheStartAndAtEachTick(t *testing.T) {
	const patience = 20 * time.Second
	k := newKeeping(t)
	k.keep()
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(ended)
		sweep(ctx, ticks, k.engine, slog.New(slog.NewTextHandler(&log, nil)))
	}()
	tick := func() { // it is taken when the work of the one before is done
		t.Helper()
		select {
		case ticks <- time.Time{}:
		case <-time.After(patience):
			t.Fatal("no tick is taken")
		}
	}
	tick()
	if n := k.kept(); n != 0 {
		t.Errorf("%d answers are kept after the start", n)
	}
	k.keep()
	tick()
	tick()
	if n := k.kept(); n != 0 {
		t.Errorf("%d answers are kept after a tick", n)
	}
	if err := k.store.Close(); err != nil {
		t.Fatal(err)
	}
	tick()
	tick()
	tick()
	cancel()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("it outlives its context")
	}
	if n := strings.Count(log.String(), "cannot remove expired answers"); n < 2 {
		t.Errorf("%d of 3 errors are logged: %s", n, log.String())
	}
}

// Where the file system of the store has no room left, a server is not ready.
func TestAFullFileSystemIsNotReady(t *testing.T) {
	if err := diskReady(t.TempDir()); err != nil {
		t.Skip("there is no room here either")
	}
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("there is no /proc, which has no room")
	}
	if err := diskReady("/proc/self"); err == nil || mfa.AsError(err).Code != mfa.Unavailable {
		t.Errorf("%v", err)
	}
}
