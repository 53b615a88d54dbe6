package cli_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// identity makes an age identity.
func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// decrypt is "age -d -i identity.txt".
func decrypt(t *testing.T, text string, id age.Identity) string {
	t.Helper()
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), id)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// diagnosis is what doctor says of one check.
func (m *machine) diagnosis(check string) string {
	m.t.Helper()
	out, _, _ := m.run("nobody", "", "doctor", "--jq", `.items[] | select(.check == "`+check+`") | .status + " " + .finding + " -> " + .remedy`)
	return strings.TrimSpace(out)
}

func TestAnExportedKeyIsPutBack(t *testing.T) {
	m := newMachine(t)
	id := identity(t)
	if got := m.diagnosis("copy of the key"); !strings.HasPrefix(got, "warning") || !strings.Contains(got, "mfactl store export-key") {
		t.Errorf("before: %s", got)
	}
	text, talk, status := m.run("nobody", "", "store", "export-key", "--to", id.Recipient().String())
	if status != 0 || !strings.Contains(talk, "age -d -i identity.txt") {
		t.Fatalf("exit %d: %s", status, talk)
	}
	if got := m.diagnosis("copy of the key"); got != "ok  ->" {
		t.Errorf("after: %s", got)
	}
	if err := os.Remove(m.path("store.db.key")); err != nil {
		t.Fatal(err)
	}
	if _, _, status := m.run("admin", "", "whoami"); status != 14 {
		t.Errorf("without a key: exit %d", status)
	}
	m.write("store.db.key", decrypt(t, text, id))
	m.must("admin", "", "whoami")
	m.must("nobody", "", "store", "check")
	if got := m.must("admin", "", "admin", "audit", "list", "--action", "key.export", "--jq", ".items[].note"); !strings.Contains(got, id.Recipient().String()) {
		t.Errorf("recorded %q", got)
	}
}

func TestAnExportGoesToANewPrivateFile(t *testing.T) {
	m := newMachine(t)
	id := identity(t)
	out := m.must("nobody", "", "store", "export-key", "--to", id.Recipient().String(), "--save", m.path("key.age"), "-o", "json")
	if strings.Contains(out, "AGE ENCRYPTED") || !strings.Contains(out, `"kind": "ExportedKey"`) {
		t.Errorf("%s", out)
	}
	text, err := os.ReadFile(m.path("key.age"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(m.path("store.db.key"))
	if err != nil || decrypt(t, string(text), id) != string(key) {
		t.Errorf("the copy differs (%v)", err)
	}
	if info, err := os.Stat(m.path("key.age")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v (%v)", info.Mode(), err)
	}
	if _, _, status := m.run("nobody", "", "store", "export-key", "--to", id.Recipient().String(), "--save", m.path("key.age")); status != 2 {
		t.Errorf("over a file that exists: exit %d", status)
	}
	if _, _, status := m.run("nobody", "", "store", "export-key", "--to", "age1nobody", "--save", m.path("other.age")); status != 2 {
		t.Errorf("for nobody: exit %d", status)
	}
	if _, err := os.Stat(m.path("other.age")); err == nil {
		t.Error("an empty file is left")
	}
	if got := m.must("admin", "", "admin", "audit", "list", "--action", "key.export", "-o", "name"); strings.Count(got, "\n") != 1 {
		t.Errorf("recorded %q", got)
	}
}

// What nobody could read is no copy, whatever the audit trail says.
func TestAnExportThatWasLostIsNoCopy(t *testing.T) {
	m := newMachine(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer full.Close() //nolint:errcheck // nothing is in it
	c := m.cmd("nobody", "store", "export-key", "--to", identity(t).Recipient().String())
	c.Stdout = full
	if err := c.Run(); err == nil || c.ProcessState.ExitCode() != 15 {
		t.Errorf("exit %v", err)
	}
	if got := m.diagnosis("copy of the key"); !strings.HasPrefix(got, "warning") {
		t.Errorf("doctor: %s", got)
	}
}

// A store that an older program made goes on after its migration, with every record as
// it was.
func TestAStoreOfAnOlderSchemaGoesOn(t *testing.T) {
	for _, old := range []struct{ schema, clock, user, password, code, left string }{
		{"schema1", "2026-11-24T09:26:40Z", "bob@acme.example", "a long password of bob", "E3Z7-PS95-82AT-7V4B", "8 backup codes left"},
		{"schema4", "2026-11-30T16:00:00Z", "carol@acme.example", "a long password of carol", "PBHP-08Z7-8A0K-DHN5", "8 backup codes left"},
		{"schema5", "2026-11-30T19:03:00Z", "carol@acme.example", "a password of c her own", "RRFV-1ZAR-FEWJ-WKSR", "9 backup codes left"},
		{"schema6", "2026-11-30T19:04:00Z", "carol@acme.example", "a password of c her own", "RRFV-1ZAR-FEWJ-WKSR", "9 backup codes left"},
	} {
		t.Run(old.schema, func(t *testing.T) {
			m := &machine{t: t, dir: t.TempDir()}
			dir := filepath.Join("..", "store", "testdata", old.schema)
			m.write("store.db", string(unzipped(t, filepath.Join(dir, "store.db.gz"))))
			key, err := os.ReadFile(filepath.Join(dir, "key"))
			if err != nil {
				t.Fatal(err)
			}
			m.write("store.db.key", string(key))
			m.write("P", old.password)
			m.write("C", old.code)
			m.write(".clock", old.clock)
			login := []string{"login", old.user, "--password-file", m.path("P"), "--code-file", m.path("C")}
			if _, talk, status := m.run("user", "", login...); status != 14 || !strings.Contains(talk, "hint: mfactl store migrate") {
				t.Errorf("exit %d: %s", status, talk)
			}
			if got := m.diagnosis("store"); !strings.HasSuffix(got, "was made by an older mfactl -> mfactl store migrate") {
				t.Errorf("doctor: %s", got)
			}
			kept := m.path("store.db.before-" + strings.TrimPrefix(old.schema, "schema"))
			if out := m.must("nobody", "", "store", "migrate", "--dry-run"); !strings.Contains(out, "with a copy at "+kept+"; nothing was changed") {
				t.Errorf("%s", out)
			}
			if out := m.must("nobody", "", "store", "migrate", "-o", "json"); !strings.Contains(out, `"changed": true`) {
				t.Errorf("%s", out)
			}
			if got := m.diagnosis("copies of the store"); got != "warning "+kept+" was left by a migration, with the secrets of that time -> once you need not go back: rm "+kept {
				t.Errorf("doctor: %s", got)
			}
			if err := os.Remove(kept); err != nil {
				t.Error(err)
			}
			if got := m.diagnosis("copies of the store"); got != "ok  ->" {
				t.Errorf("doctor: %s", got)
			}
			m.must("nobody", "", "store", "check")
			m.must("user", "", login...)
			if out := m.must("user", "", "backup-codes", "status"); !strings.Contains(out, old.left) {
				t.Errorf("%s", out)
			}
			m.must("nobody", "", "store", "check")
		})
	}
}

// old puts a store of schema 5 on the machine.
func (m *machine) old() {
	m.t.Helper()
	dir := filepath.Join("..", "store", "testdata", "schema5")
	key, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		m.t.Fatal(err)
	}
	m.write("store.db", string(unzipped(m.t, filepath.Join(dir, "store.db.gz"))))
	m.write("store.db.key", string(key))
	m.write(".clock", "2026-11-30T19:03:00Z")
}

// The command that the migration shows puts the old store back, even if the new one was used
// since.
func TestTheWayBackFromAMigrationIsShown(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.old()
	out := m.must("nobody", "", "store", "migrate")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if !strings.Contains(out, "The store as it was is at "+m.path("store.db.before-5")) || !strings.Contains(out, "To go back, stop every mfactl") {
		t.Fatal(out)
	}
	m.write("P", "a password of c her own")
	m.write("C", "RRFV-1ZAR-FEWJ-WKSR")
	m.must("user", "", "login", "carol@acme.example", "--password-file", m.path("P"), "--code-file", m.path("C"))
	back := exec.CommandContext(t.Context(), "sh", "-ec", lines[len(lines)-1]) //nolint:gosec // a line of ours
	if said, err := back.CombinedOutput(); err != nil {
		t.Fatal(err, string(said))
	}
	if got := m.diagnosis("store"); !strings.HasSuffix(got, "was made by an older mfactl -> mfactl store migrate") {
		t.Errorf("doctor: %s", got)
	}
	if got := m.diagnosis("copies of the store"); got != "ok  ->" {
		t.Errorf("doctor: %s", got)
	}
	m.must("nobody", "", "store", "migrate")
	m.must("user", "", "login", "carol@acme.example", "--password-file", m.path("P"), "--code-file", m.path("C")) // the code is unused again
}

func TestAMigrationNeedsTheKeyOfTheStore(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.old()
	text := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	right, other := text(m.path("store.db.key")), text(newMachine(t).path("store.db.key"))
	for name, key := range map[string]string{"of another store": other, "missing": ""} {
		m.write("store.db.key", key)
		if key == "" {
			if err := os.Remove(m.path("store.db.key")); err != nil {
				t.Fatal(err)
			}
		}
		for _, command := range [][]string{{"store", "migrate", "--dry-run"}, {"store", "migrate"}} {
			if _, talk, status := m.run("nobody", "", command...); status != 14 || !strings.Contains(talk, "hint: ") {
				t.Errorf("%s: exit %d: %s", name, status, talk)
			}
		}
		if got := m.diagnosis("store"); !strings.HasSuffix(got, "was made by an older mfactl -> mfactl store migrate") {
			t.Errorf("%s: doctor: %s", name, got)
		}
		if got := m.diagnosis("copies of the store"); got != "ok  ->" {
			t.Errorf("%s: doctor: %s", name, got)
		}
	}
	m.write("store.db.key", right)
	m.must("nobody", "", "store", "migrate")
}

func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLongWorkTellsHowFarItIs(t *testing.T) {
	o := newOffice(t)
	var talk bytes.Buffer
	now := o.now
	a := &program{
		In: strings.NewReader(""), Out: io.Discard, Err: &talk, Rand: o.rand,
		Env: func(k string) string {
			return map[string]string{"HOME": o.dir, "MFACTL_STORE": filepath.Join(o.dir, "store.db")}[k]
		},
		Clock: func() time.Time { now = now.Add(500 * time.Millisecond); return now },
	}
	a.Context = t.Context()
	if status := run(a, "store", "check"); status != 0 {
		t.Fatal(talk.String())
	}
	lines := strings.Split(strings.TrimSpace(talk.String()), "\n")
	if len(lines) < 3 || len(lines) > 12 || !strings.HasSuffix(lines[0], "records read") {
		t.Errorf("told %q", lines)
	}
}
