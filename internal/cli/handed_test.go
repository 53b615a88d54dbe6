package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A server takes the key of its store from the service manager with the mode it has
// there; the same file is refused where a person names it.
func TestAServerTakesTheKeyItIsHanded(t *testing.T) {
	m := newMachine(t)
	b, err := os.ReadFile(m.path("store.db.key"))
	if err != nil {
		t.Fatal(err)
	}
	m.write("handed.key", string(b))
	if err := os.Remove(m.path("store.db.key")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(m.path("handed"), 0o700); err != nil {
		t.Fatal(err)
	}
	handed := filepath.Join(m.path("handed"), "mfactl.key")
	if err := os.Rename(m.path("handed.key"), handed); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(handed, 0o440); err != nil {
		t.Fatal(err)
	}
	m.extra = []string{"MFACTL_KEY_FILE=" + handed}
	if _, stderr, status := m.run("server", "", "serve", "--listen", "127.0.0.1:0"); status != 5 || !strings.Contains(stderr, "open to others") {
		t.Errorf("named: exit %d: %s", status, stderr)
	}
	m.extra = []string{"CREDENTIALS_DIRECTORY=" + m.path("handed")}
	if s := m.serve(1, "--listen", "127.0.0.1:0"); s.at[0] == "" {
		t.Error("it listens nowhere")
	}
}
