package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What cannot be opened is the finding, and keeps doctor from nothing else.
func TestDoctorTellsWhatKeepsTheStoreFromBeingOpened(t *testing.T) {
	m := newMachine(t)
	for name, tt := range map[string]struct {
		spoil               func(path func(string) string) error
		check, what, remedy string
	}{
		"no store":               {func(p func(string) string) error { return os.Remove(p("store.db")) }, "store", "no store at", "mfactl init"},
		"a store open to others": {func(p func(string) string) error { return os.Chmod(p("store.db"), 0o644) }, "store", "can be read by others", "chmod 600"},
		"no database":            {func(p func(string) string) error { return os.WriteFile(p("store.db"), make([]byte, 8192), 0o600) }, "store", "is no store of mfactl", "backup"},
		"no key":                 {func(p func(string) string) error { return os.Remove(p("store.db.key")) }, "key file", "is missing", "restore the copy"},
		"a key open to others":   {func(p func(string) string) error { return os.Chmod(p("store.db.key"), 0o640) }, "key file", "is open to others", "chmod 600"},
		"a damaged key":          {func(p func(string) string) error { return os.WriteFile(p("store.db.key"), []byte("{}"), 0o600) }, "key file", "damaged", "restore the copy"},
		"broken settings":        {func(p func(string) string) error { return os.WriteFile(p("config.yaml"), []byte("stoer: x"), 0o600) }, "settings", "stoer", "help environment"},
		"a store on another host": {func(p func(string) string) error {
			return os.WriteFile(p("config.yaml"), []byte("store: https://host.example"), 0o600)
		}, "settings", "not yet in this version", "path"},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := &machine{t: t, dir: filepath.Join(t.TempDir(), "d")}
			copyTree(t, spoilt.dir, m.dir)
			if err := tt.spoil(spoilt.path); err != nil {
				t.Fatal(err)
			}
			if tt.check == "settings" {
				spoilt.extra = []string{"MFACTL_CONFIG=" + spoilt.path("config.yaml"), "MFACTL_STORE="}
			}
			out, talk, status := spoilt.run("nobody", "", "doctor", "-o", "json")
			if status != 12 || !strings.Contains(talk, `"code":"differs"`) || !strings.Contains(out, `"status": "not checked"`) {
				t.Errorf("exit %d: %s", status, talk)
			}
			got := spoilt.diagnosis(tt.check)
			if !strings.HasPrefix(got, "problem ") || !strings.Contains(got, tt.what) || !strings.Contains(got, tt.remedy) {
				t.Errorf("%s: %s", tt.check, got)
			}
		})
	}
}

func TestAForeignKeyIsAFinding(t *testing.T) {
	m, other := newMachine(t), newMachine(t)
	key, err := os.ReadFile(other.path("store.db.key"))
	if err != nil {
		t.Fatal(err)
	}
	m.write("store.db.key", string(key))
	if got := m.diagnosis("key of this store"); !strings.HasPrefix(got, "problem the key file belongs to another store") {
		t.Errorf("%s", got)
	}
}

// Where everything is as it should be, doctor says so and succeeds.
func TestDoctorFindsNothingWhereAllIsWell(t *testing.T) {
	m := newMachine(t)
	if got := m.diagnosis("approvals"); !strings.HasPrefix(got, "warning Acme: no two administrators are independent, and nobody can approve a request until another administrator with 2FA is there") {
		t.Errorf("a team of one: %s", got)
	}
	m.must("admin", "", "admin", "users", "create", "dana@acme.example", "--role", "admin", "--password-file", m.path("P"), "--save", m.path("set"))
	m.must("dana", "", "password", "set", "--email", "dana@acme.example", "--code-file", m.path("set"), "--new-password-file", m.path("PU"))
	m.must("dana", "", "login", "--email", "dana@acme.example", "--password-file", m.path("PU"))
	m.enable("dana", "PU") // in the early days the operator has no control over her
	m.must("nobody", "", "store", "export-key", "--to", identity(t).Recipient().String())
	all := strings.Count(m.must("nobody", "", "doctor", "-o", "name"), "\n")
	out := m.must("nobody", "", "doctor", "--jq", ".items[].status")
	if strings.Trim(out, "ok\n") != "" || strings.Count(out, "ok") != all {
		t.Errorf("%s", out)
	}
	m.advance(-time.Hour)
	if got := m.diagnosis("clock"); !strings.HasPrefix(got, "problem") || !strings.HasSuffix(got, "-> set the clock of this machine") {
		t.Errorf("clock: %s", got)
	}
	m.advance(26 * time.Hour)
	if got := m.diagnosis("notices"); !strings.HasPrefix(got, "warning") || !strings.Contains(got, "not delivered for more than 24 h") {
		t.Errorf("notices: %s", got)
	}
}

func TestFilesThatOthersReachAreFindings(t *testing.T) {
	m := newMachine(t)
	if got := m.diagnosis("permissions"); got != "ok  ->" {
		t.Errorf("%s", got)
	}
	if err := os.Chmod(m.path("store.db.lock"), 0o666); err != nil { //nolint:gosec // loose on purpose
		t.Fatal(err)
	}
	if err := os.Chmod(m.dir, 0o777); err != nil { //nolint:gosec // loose on purpose
		t.Fatal(err)
	}
	got := m.diagnosis("permissions")
	for _, want := range []string{"store.db.lock is open to others (mode 0666) -> chmod 600", "others may replace files in " + m.dir + " (mode 0777) -> chmod 700"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: not in %s", want, got)
		}
	}
}
