package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/store"
)

// Whatever a killed init has left, the next one takes up.
func TestAnInitThatWasKilledIsRepeated(t *testing.T) {
	for name, left := range map[string]func(m *machine){
		"before anything": func(*machine) {},
		"after the key":   func(m *machine) { m.leaveKey() },
		"after the store": func(m *machine) { m.leaveKey(); m.leaveStore() },
	} {
		t.Run(name, func(t *testing.T) {
			m := &machine{t: t, dir: t.TempDir()}
			m.write("P", adminPassword)
			m.write(".clock", "2026-03-14T09:26:40Z")
			left(m)
			if _, stderr, status := m.run("admin", "", "login", "admin@acme.example", "--password-file", m.path("P")); status != 11 || !strings.Contains(stderr, "mfactl init") {
				t.Errorf("before it is repeated: exit %d: %s", status, stderr)
			}
			before, _ := os.ReadFile(m.path("store.db.key"))
			init := []string{"init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"), "--no-enable"}
			m.must("admin", "", init...)
			m.must("admin", "", "whoami")
			after, err := os.ReadFile(m.path("store.db.key"))
			if err != nil || before != nil && !bytes.Equal(before, after) {
				t.Errorf("the key was overwritten (%v)", err)
			}
			if _, _, status := m.run("admin", "", init...); status != 6 {
				t.Errorf("a second init: exit %d", status)
			}
		})
	}
}

// A refused init leaves nothing behind.
func TestAnInitThatIsRefusedLeavesNothing(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write("P", "fourteen chars")
	m.write(".clock", "2026-03-14T09:26:40Z")
	_, stderr, status := m.run("admin", "", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"), "--no-enable")
	if status != 2 {
		t.Errorf("exit %d: %s", status, stderr)
	}
	for _, name := range []string{"store.db", "store.db.key", "store.db.lock"} {
		if _, err := os.Lstat(m.path(name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
}

// Of several inits at the same time one makes the store, and the others take
// nothing of it away.
func TestOfInitsAtTheSameTimeOneMakesTheStore(t *testing.T) {
	for range 5 {
		m := &machine{t: t, dir: t.TempDir()}
		m.write("P", adminPassword)
		m.write(".clock", "2026-03-14T09:26:40Z")
		got := m.together(4, "", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"), "--no-enable")
		if got[0] != 1 || got[6] != 3 {
			t.Fatalf("exit statuses and how often: %v", got)
		}
		m.must("admin", "", "login", "--email", "admin@acme.example", "--password-file", m.path("P"))
	}
}

func (m *machine) leaveKey() {
	m.t.Helper()
	if err := seal.CreateKeyFile(m.path("store.db.key"), seal.New()); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) leaveStore() {
	m.t.Helper()
	st, err := store.Create(m.t.Context(), m.path("store.db"), store.Options{Clock: time.Now})
	if err == nil {
		err = st.Close()
	}
	if err != nil {
		m.t.Fatal(err)
	}
}
