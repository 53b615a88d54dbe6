package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// bulkAnswer is one line of what a list is answered with.
type bulkAnswer struct {
	Kind    string `json:"kind"`
	User    name   `json:"user"`
	Changed bool   `json:"changed"`
	Code    string `json:"recovery_code"`
	Error   string `json:"code"`
	Exit    int    `json:"exit_code"`
}

// name is a user's address, or the account itself.
type name string

// UnmarshalJSON implements json.Unmarshaler.
func (n *name) UnmarshalJSON(b []byte) error {
	var u struct{ Email string }
	if err := json.Unmarshal(b, &u); err == nil {
		*n = name(u.Email)
		return nil
	}
	return json.Unmarshal(b, (*string)(n))
}

func answers(t *testing.T, text string) (out []bulkAnswer) {
	t.Helper()
	for line := range strings.Lines(text) {
		var a bulkAnswer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, a)
	}
	return out
}

// lostPhones makes users with 2FA on and a list of them in which some names are
// nobody's.
func lostPhones(m *machine, good, bad int) (rows string, users map[string]account) {
	m.t.Helper()
	users = map[string]account{}
	var b strings.Builder
	for i := range good + bad {
		name := fmt.Sprintf("user%02d", i)
		email := name + "@acme.example"
		if i < good {
			users[email] = m.user(name)
		}
		fmt.Fprintf(&b, "%s,lost phone\r\n", email)
	}
	return b.String(), users
}

// Forty users of whom three are nobody: 37 codes, three errors, and the same
// command again changes nothing.
func TestAListOfUsersIsResetAndAgainIsNot(t *testing.T) {
	m := newMachine(t)
	m.write("lost.csv", "")
	good := 37
	if testing.Short() || raceEnabled {
		good = 5
	}
	rows, users := lostPhones(m, good, 3)
	m.write("lost.csv", rows)
	var list strings.Builder
	for line := range strings.Lines("\ufeff" + rows + "\n# the end\n") {
		first, _, _ := strings.Cut(line, ",")
		list.WriteString(strings.TrimSpace(first) + "\r\n")
	}
	args := []string{"admin", "reset-2fa", "-", "--reason", "theft", "--password-file", m.path("P"), "--yes", "--save", m.path("codes.jsonl")}
	out, stderr, status := m.run("admin", list.String(), args...)
	if status != 13 || !strings.Contains(stderr, fmt.Sprintf("3 of %d users did not go through", good+3)) {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	changed, failed := count(answers(t, out))
	if changed != good || failed != 3 {
		t.Errorf("%d changed, %d failed", changed, failed)
	}
	if strings.Count(stderr, "no user ") != 3 {
		t.Errorf("the errors are not listed: %s", stderr)
	}
	saved := readFile(t, m.path("codes.jsonl"))
	for _, a := range answers(t, saved) {
		if strings.Contains(out, a.Code) || strings.Contains(stderr, a.Code) {
			t.Errorf("the code of %s is in the log", a.User)
		}
		delete(users, string(a.User))
	}
	if len(users) != 0 || len(answers(t, saved)) != good {
		t.Errorf("%d have no code in the file", len(users))
	}
	out, _, status = m.run("admin", list.String(), args...)
	changed, failed = count(answers(t, out))
	if status != 13 || changed != 0 || failed != 3 || len(answers(t, out)) != good+3 {
		t.Errorf("again: exit %d, %d changed, %d failed", status, changed, failed)
	}
	if readFile(t, m.path("codes.jsonl")) != saved {
		t.Error("the file was written again")
	}
}

func count(all []bulkAnswer) (changed, failed int) {
	for _, a := range all {
		if a.Changed {
			changed++
		}
		if a.Kind == "Error" {
			failed++
		}
	}
	return changed, failed
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAListThatCannotBeDoneWholeIsNotBegun(t *testing.T) {
	m := newMachine(t)
	rows, _ := lostPhones(m, 2, 0)
	m.write("lost.csv", "email,why\r\n"+rows)
	m.write("user01.txt", "kept")
	if err := os.MkdirAll(m.path("codes"), 0o700); err != nil {
		t.Fatal(err)
	}
	m.write("codes/user01@acme.example.txt", "kept")
	base := []string{"admin", "reset-2fa", "--password-file", m.path("P"), "--yes"}
	for name, c := range map[string]struct {
		stdin string
		args  []string
		says  string
	}{
		"too many":              {"a\nb\nc\n", []string{"-", "--max", "2", "--reveal"}, "--max"},
		"nobody":                {"\n# only this\n", []string{"-", "--reveal"}, "names nobody"},
		"no way for the codes":  {"a\n", []string{"-"}, "--save"},
		"two ways":              {"a\n", []string{"-", "--save", "x", "--save-dir", "y"}, "--save-dir"},
		"a file that is there":  {"", []string{"--csv", m.path("lost.csv"), "--save-dir", m.path("codes")}, "user01"},
		"no such column":        {"", []string{"--csv", m.path("lost.csv"), "--column", "mail", "--reveal"}, "email, why"},
		"yaml":                  {"a\n", []string{"-", "--reveal", "-o", "yaml"}, "lines of JSON"},
		"standard input twice":  {"a\n", []string{"-", "--reveal", "--password-stdin"}, "standard input"},
		"a user and a CSV file": {"", []string{"bob", "--csv", m.path("lost.csv"), "--reveal"}, "too many"},
	} {
		_, stderr, status := m.run("admin", c.stdin, append(base, c.args...)...)
		if status != 2 || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit %d: %s", name, status, stderr)
		}
	}
	if st := m.must("admin", "", "admin", "users", "list", "--jq", ".items[].two_factor"); strings.Contains(st, "recovering") {
		t.Errorf("somebody was reset: %s", st)
	}
	entries, err := os.ReadDir(m.path("codes"))
	if err != nil || len(entries) != 1 {
		t.Errorf("files were left: %v %v", entries, err)
	}
}

// A wrong password meets everybody alike: it is tried once and ends the list.
func TestAWrongPasswordEndsAList(t *testing.T) {
	m := newMachine(t)
	rows, _ := lostPhones(m, 3, 0)
	m.write("W", "not the password at all")
	_, stderr, status := m.run("admin", strings.ReplaceAll(rows, ",lost phone", ""), "admin", "reset-2fa", "-", "--password-file", m.path("W"), "--yes", "--reveal")
	if status != 7 || !strings.Contains(stderr, "2 not tried") {
		t.Errorf("exit %d: %s", status, stderr)
	}
	n := m.must("admin", "", "admin", "audit", "list", "--action", "auth.fail", "-o", "name")
	if strings.Count(n, "\n") != 1 {
		t.Errorf("the password was tried so often: %q", n)
	}
}

// Each user's code in a file of its own, for users out of a CSV column.
func TestAListOutOfACSVColumnIntoADirectory(t *testing.T) {
	m := newMachine(t)
	_, users := lostPhones(m, 3, 0)
	var b strings.Builder
	b.WriteString("\ufeffname,\"e-mail\"\n")
	for email := range users {
		b.WriteString("\"A, B\",'" + "\n\"C\",\"" + email + "\"\n")
	}
	m.write("lost.csv", strings.ReplaceAll(b.String(), "\"A, B\",'\n", ""))
	m.must("admin", "", "admin", "reset-2fa", "--csv", m.path("lost.csv"), "--column", "e-mail", "--password-file", m.path("P"), "--yes", "--save-dir", m.path("codes"))
	for email := range users {
		text := readFile(t, m.path("codes/"+email+".txt"))
		if !strings.Contains(text, "recovery code of "+email) {
			t.Errorf("%s: %s", email, text)
		}
	}
}

// What was lost on the way is had again under the same key, user by user,
// whatever the order of the list.
func TestTheAnswersOfAListCanBeHadAgain(t *testing.T) {
	m := newMachine(t)
	lostPhones(m, 3, 0)
	key := "0123456789abcdef-of-a-run"
	args := []string{"admin", "reset-2fa", "-", "--password-file", m.path("P"), "--yes", "--reveal", "--idempotency-key", key}
	first := m.must("admin", "user00@acme.example\nuser01@acme.example\n", args...)
	again := m.must("admin", "user02@acme.example\nuser01@acme.example\nuser00@acme.example\n", args...)
	codes := map[name]string{}
	for _, a := range answers(t, again) {
		codes[a.User] = a.Code
	}
	for _, a := range answers(t, first) {
		if a.Code == "" || codes[a.User] != a.Code {
			t.Errorf("%s: %q, again %q", a.User, a.Code, codes[a.User])
		}
	}
	if len(codes) != 3 || codes["user02@acme.example"] == "" {
		t.Errorf("%v", codes)
	}
	m.advance(11 * time.Minute)
	late := m.must("admin", "user00@acme.example\n", args...)
	if a := answers(t, late)[0]; a.Changed || a.Code != "" {
		t.Errorf("after eleven minutes: %+v", a)
	}
}

// Locks, updates and deletions take lists too.
func TestEveryActOnUsersTakesAList(t *testing.T) {
	m := newMachine(t)
	list := "bob@acme.example\neve@acme.example\n"
	for name := range strings.FieldsSeq(list) {
		m.must("admin", "", "admin", "users", "create", name, "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	}
	for _, args := range [][]string{
		{"lock", "-"}, {"unlock", "-", "--password-file", m.path("P")}, {"update", "-", "--role", "helpdesk", "--password-file", m.path("P")},
		{"reset-password", "-", "--password-file", m.path("P"), "--reveal"}, {"delete", "-", "--password-file", m.path("P")},
	} {
		all := append([]string{"admin", "users"}, append(args, "--reason", "R")...)
		if _, stderr, status := m.run("admin", list, all...); status != 2 || !strings.Contains(stderr, "--yes") {
			t.Errorf("%s without --yes: exit %d: %s", args[0], status, stderr)
		}
		if changed, _ := count(answers(t, m.must("admin", list, append(all, "--yes", "--dry-run")...))); changed != 2 {
			t.Errorf("%s --dry-run: %d", args[0], changed)
		}
		if changed, _ := count(answers(t, m.must("admin", list, append(all, "--yes")...))); changed != 2 {
			t.Errorf("%s: %d changed", args[0], changed)
		}
	}
	if left := m.must("admin", "", "admin", "users", "list", "-o", "name"); left != "admin@acme.example\n" {
		t.Errorf("left: %s", left)
	}
}
