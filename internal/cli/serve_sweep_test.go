package cli_test

import (
	"net/http"
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
