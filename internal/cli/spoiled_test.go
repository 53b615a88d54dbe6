package cli_test

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// alter runs a statement on the machine's database, as an attacker without the key.
func (m *machine) alter(query string) {
	m.t.Helper()
	db, err := sql.Open("sqlite", m.path("store.db"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statement has its own error
	if _, err := db.ExecContext(m.t.Context(), query); err != nil {
		m.t.Fatal(err)
	}
}

// A list with a damaged row prints the others, marks this one, and exits 14.
func TestAListWithADamagedRowPrintsTheOthers(t *testing.T) {
	m := newMachine(t)
	for _, name := range []string{"bob", "eve"} {
		m.must("admin", "", "admin", "users", "create", name+"@acme.example", "--save", m.path(name+".code"))
	}
	m.alter("UPDATE users SET status = 'locked' WHERE email = 'eve@acme.example'")
	out, talk, status := m.run("admin", "", "admin", "users", "list", "-o", "json")
	var list struct {
		Items   []struct{ Email string }
		Damaged []struct{ Sort, ID string }
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || status != 14 {
		t.Fatalf("exit %d: %s (%v)", status, talk, err)
	}
	if len(list.Items) != 2 || len(list.Damaged) != 1 || list.Damaged[0].Sort != "user" || strings.Contains(out, "eve@") {
		t.Errorf("%s", out)
	}
	if !strings.Contains(talk, `"code":"damaged"`) {
		t.Errorf("%s", talk)
	}
	out, talk, status = m.run("admin", "", "admin", "users", "list")
	if status != 14 || !strings.Contains(out, "bob@acme.example") || strings.Contains(out, "eve@") ||
		!strings.Contains(talk, "user "+list.Damaged[0].ID) || !strings.Contains(talk, "mfactl store check") {
		t.Errorf("exit %d: %s%s", status, out, talk)
	}
}

func TestDoctorNamesAMissingMemoryOfTime(t *testing.T) {
	m := newMachine(t)
	m.alter("DELETE FROM meta WHERE name = 'high_water'")
	if got := m.diagnosis("key of this store"); !strings.HasPrefix(got, "problem ") || !strings.Contains(got, "time is missing") || !strings.Contains(got, "backup") {
		t.Errorf("%s", got)
	}
	if out, _, status := m.run("nobody", "", "store", "check"); status != 14 || !strings.Contains(out, "is missing") {
		t.Errorf("exit %d: %s", status, out)
	}
}

func TestDoctorNamesUsersWhoSignedInInTheFuture(t *testing.T) {
	m := newMachine(t)
	m.write(".clock", m.now().Add(-30*24*time.Hour).Format(time.RFC3339))
	if got := m.diagnosis("uses in the future"); !strings.HasPrefix(got, "warning admin@acme.example: last sign-in") {
		t.Errorf("%s", got)
	}
}

func TestADamagedAccountIsRemovedByItsIDOrAddress(t *testing.T) {
	m := newMachine(t)
	for _, name := range []string{"bob", "eve"} {
		m.must("admin", "", "admin", "users", "create", name+"@acme.example", "--save", m.path(name+".code"))
	}
	m.alter("UPDATE users SET status = 'locked' WHERE role = 'member'")
	_, talk, status := m.run("admin", "", "admin", "users", "delete", "eve@acme.example", "--yes", "--reason", "damaged")
	if status != 14 || !strings.Contains(talk, "--password-file") {
		t.Errorf("exit %d: %s", status, talk)
	}
	m.must("admin", "", "admin", "users", "delete", "eve@acme.example", "--yes", "--reason", "damaged", "--password-file", m.path("P"))
	m.must("nobody", "", "admin", "users", "delete", "bob@acme.example", "--yes", "--reason", "damaged", "--break-glass")
	m.must("admin", "", "admin", "users", "list")
	m.must("nobody", "", "store", "check")
}
