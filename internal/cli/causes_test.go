package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A store that fails while a record is read leaves a line that says what was being done: with
// -v on the store itself, and in the log of a server. Without -v, and over HTTP, only the
// message of the error is shown.
func TestTheCauseOfAFailureSaysWhatWasBeingDone(t *testing.T) {
	for name, c := range map[string]struct{ damage, message, want string }{
		"no table": {"ALTER TABLE sessions RENAME TO gone", "a part of the store is missing", "read sessions: "},
		"no JSON":  {"UPDATE communities SET policy = 'x'", "cannot be read", "read communities: "},
	} {
		m := newMachine(t)
		token := m.sessionToken("admin")
		if _, err := withoutTheKey(m.path("store.db"), c.damage); err != nil {
			t.Fatal(name, err)
		}
		_, stderr, status := m.run("admin", "", "whoami", "-v")
		if status != 14 || !strings.Contains(stderr, c.message) || !strings.Contains(stderr, "cause=") || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: exit %d: %s", name, status, stderr)
		}
		if _, stderr, _ := m.run("admin", "", "whoami"); strings.Contains(stderr, "cause") || strings.Contains(stderr, c.want) {
			t.Errorf("%s: without -v: %s", name, stderr)
		}
		s := m.serve(1, "--listen", "127.0.0.1:0")
		status, body := s.ask(http.MethodPost, "http://"+s.at[0]+"/v1/WhoAmI", http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}})
		if status != 500 || !strings.Contains(body, c.message) || strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		for s.log.Scan() && !strings.Contains(s.log.Text(), `"msg":"request"`) {
		}
		if line := s.log.Text(); !strings.Contains(line, `"cause":"`) || !strings.Contains(line, c.want) {
			t.Errorf("%s: the log has %s", name, line)
		}
	}
}

// sessionToken is the token of the one session that a person has saved.
func (m *machine) sessionToken(who string) string {
	m.t.Helper()
	files, err := filepath.Glob(m.path(who + "/mfactl/sessions/*.json"))
	if err != nil || len(files) != 1 {
		m.t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		m.t.Fatal(err)
	}
	var saved struct{ Token string }
	m.parse(string(b), &saved)
	return saved.Token
}
