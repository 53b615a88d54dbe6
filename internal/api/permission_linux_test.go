package api_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// bound reports whether file permissions apply to this process. They do not apply to root,
// who runs the test again as another user.
func bound(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return true
	}
	binary, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "test")
	if err := os.WriteFile(name, binary, 0o755); err != nil { //nolint:gosec // another user runs it
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), name, "-test.v", "-test.run=^"+t.Name()+"$") //nolint:gosec // the test binary itself
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS: "+t.Name()) {
		t.Errorf("%v: %s", err, out)
	}
	return false
}

// A socket of another user is an error of permission. The hint shows the group that may
// open it; another try would not help.
func TestASocketThatMayNotBeOpenedIsForbidden(t *testing.T) {
	if !bound(t) {
		return
	}
	q := newQueue(t)
	if err := os.Chmod(q.path, 0o400); err != nil {
		t.Fatal(err)
	}
	_, err := dial(t, "unix:"+q.path, "").WhoAmI(t.Context(), mfa.WhoAmIRequest{})
	if e := refusal(t, err, mfa.Forbidden); e.Message != "the socket "+q.path+" may not be opened" || !strings.Contains(e.HintText(), "ls -l ") {
		t.Errorf("%v (%s)", e, e.HintText())
	}
}
