package cli

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

// keptAnswers counts the answers that the store keeps for retries.
func (m *machine) keptAnswers() string {
	m.t.Helper()
	n, err := withoutTheKey(m.path("store.db"), "SELECT count(*) FROM replies")
	if err != nil {
		m.t.Fatal(err)
	}
	return n
}

// keepAnswers makes the store keep answers, and lets them expire.
func (m *machine) keepAnswers() {
	m.t.Helper()
	for range 3 {
		m.must("admin", "", "2fa", "rename", "phone", "phone")
		m.must("admin", "", "2fa", "rename", "phone", "telephone")
		m.must("admin", "", "2fa", "rename", "telephone", "phone")
	}
	if m.keptAnswers() == "0" {
		m.t.Fatal("no answer is kept")
	}
	m.advance(21 * time.Minute)
}

// Expired answers are removed at the start and at each tick. An error is logged and ends
// nothing; the end of the context does.
func TestExpiredAnswersAreRemovedAtTheStartAndAtEachTick(t *testing.T) {
	m := newMachine(t)
	m.keepAnswers()
	var log bytes.Buffer
	a := with(nil)
	a.Clock, a.config.Store = m.now, m.path("store.db")
	l, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() {
		defer close(ended)
		sweep(ctx, ticks, l.engine, slog.New(slog.NewTextHandler(&log, nil)))
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
	if n := m.keptAnswers(); n != "0" {
		t.Errorf("%s answers are kept after the start", n)
	}
	m.keepAnswers()
	tick()
	tick()
	if n := m.keptAnswers(); n != "0" {
		t.Errorf("%s answers are kept after a tick", n)
	}
	if err := l.store.Close(); err != nil {
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

// A server that starts removes what expired while none was running.
func TestAServerRemovesExpiredAnswers(t *testing.T) {
	m := newMachine(t)
	m.keepAnswers()
	s := m.serve(1, "--listen", "127.0.0.1:0")
	late := time.After(patience)
	for m.keptAnswers() != "0" {
		select {
		case <-late:
			t.Fatalf("%s answers are kept", m.keptAnswers())
		default:
			_, _ = s.ask(http.MethodGet, "http://"+s.at[0]+"/", nil)
		}
	}
}
