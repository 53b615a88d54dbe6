package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// asLogin is mfactl in a process whose login uid the kernel has from a login as this user.
func (m *machine) asLogin(loginUID string, args ...string) *exec.Cmd {
	m.t.Helper()
	if os.Geteuid() != 0 {
		m.t.Skip("only root can set a login uid")
	}
	script := `echo "$0" >/proc/self/loginuid || exit 99; exec "$@"`
	c := m.cmd("nobody", args...)
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", script, loginUID, "mfactl"}, args...)
	return c
}

// The environment of root names another person, a terminal, a place and a job. Nothing of an
// event changes by it but what is marked as claimed, and notices do not name that person.
func TestAForgedEnvironmentChangesOnlyWhatIsClaimed(t *testing.T) {
	forged := []string{
		"SUDO_USER=mallory", "SUDO_UID=1", "USER=mallory", "LOGNAME=mallory", "SSH_CLIENT=192.0.2.7 50022 22", "SSH_TTY=/dev/pts/99",
		"SSH_CONNECTION=192.0.2.7 50022 198.51.100.1 22", "GITHUB_ACTIONS=true", "GITHUB_REPOSITORY=acme/app", "GITHUB_RUN_ID=42", "GITHUB_JOB=deploy",
	}
	for name, c := range map[string]struct{ login, uid, user, by string }{
		"a login":  {"1", "1", "daemon", "daemon as root"},
		"no login": {"4294967295", mfa.LoginUnknown, "", "root (login uid unknown)"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.must("admin", "", "admin", "users", "create", "bob@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
			act := func(env ...string) (p mfa.Provenance) {
				t.Helper()
				m.extra = env
				cmd := m.asLogin(c.login, "admin", "users", "reset-password", "bob@acme.example", "--break-glass", "--reason", "R", "--yes", "--reveal")
				m.extra = nil
				if out, err := cmd.CombinedOutput(); cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 99 {
					t.Skipf("the kernel lets nobody set a login uid: %s", out)
				} else if err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				m.parse(m.must("admin", "", "admin", "audit", "list", "--action", "breakglass.use", "--limit", "1", "--jq", ".items[0].from"), &p)
				p.PID, p.RequestID = 0, ""
				return p
			}
			honest, lie := act(), act(forged...)
			if honest.LoginUID != c.uid || honest.LoginUser != c.user || honest.UID != "0" || honest.OSUser != "root" || honest.Claimed != "" {
				t.Errorf("%+v", honest)
			}
			for _, said := range []string{"sudo_user=mallory", "ssh_client=192.0.2.7", "ssh_connection=", "ssh_tty=", "ci_job=github"} {
				if !strings.Contains(lie.Claimed, said) {
					t.Errorf("claimed is %q, without %s", lie.Claimed, said)
				}
			}
			if lie.Claimed = ""; lie != honest {
				t.Errorf("with a forged environment\n%+v, without\n%+v", lie, honest)
			}
			table := m.must("admin", "", "admin", "audit", "list", "--action", "breakglass.use", "-o", "table")
			if !strings.Contains(table, c.by+"@") || !strings.Contains(table, "claimed: sudo_user=mallory") {
				t.Errorf("the table says\n%s", table)
			}
		})
	}
}
