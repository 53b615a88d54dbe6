package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// publish makes the directories of a host's own server and store, the store's for one
// person, and has commands find them there.
func (h *host) publish(owner *person, mode os.FileMode, people ...*person) {
	h.t.Helper()
	for _, name := range []string{"run", "var", "etc"} {
		dir := filepath.Join(h.dir, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			h.t.Fatal(err)
		}
		if err := os.Chown(dir, int(owner.uid), int(owner.uid)); err != nil {
			h.t.Fatal(err)
		}
		if err := os.Chmod(dir, map[string]os.FileMode{"run": 0o755, "var": mode, "etc": 0o700}[name]); err != nil {
			h.t.Fatal(err)
		}
	}
	for _, p := range append(people, owner) {
		p.env = append(p.env, "TEST_HOST="+h.dir)
	}
}

// Whoever may not open the host's store is told so by every command, and never to sign
// in or to make a store where neither would help.
func TestWhoMayNotOpenTheHostsStoreIsToldSo(t *testing.T) {
	h := newHost(t)
	owner, bob := h.person(50001), h.person(50002)
	h.publish(owner, 0o700, bob)
	owner.must("", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	for _, args := range [][]string{
		{"whoami"}, {"2fa", "status"}, {"admin", "users", "list"}, {"login", "--email", "bob@acme.example", "--password-file", "PU"},
		{"init", "--community", "Acme", "--email", "b@acme.example", "--password-file", "PU", "--no-enable"},
		{"--store", filepath.Join(h.dir, "var", "mfactl.db"), "whoami"},
	} {
		_, stderr, status := bob.run("", args...)
		if status != 5 || !strings.Contains(stderr, "may not be opened") || !strings.Contains(stderr, "use sudo") || !strings.Contains(stderr, "run/mfactl.sock") {
			t.Errorf("%v: exit %d: %s", args, status, stderr)
		}
	}
	out, _, status := bob.run("", "doctor", "-o", "csv")
	if status != 12 || strings.Contains(out, "mfactl init") || !strings.Contains(out, "use sudo") {
		t.Errorf("doctor: exit %d: %s", status, out)
	}
}

// A directory for the host's store with no store in it is root's to fill, and others are
// told what they can do.
func TestAnEmptyDirectoryOfTheHostsStoreIsNoStore(t *testing.T) {
	for name, c := range map[string]struct {
		mode  os.FileMode
		login int
	}{"open to nobody": {0o700, 5}, "open to all": {0o755, 11}} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			owner, bob := h.person(50001), h.person(50002)
			h.publish(owner, c.mode, bob)
			for _, args := range [][]string{
				{"login", "--email", "bob@acme.example", "--password-file", "PU"},
				{"init", "--community", "Acme", "--email", "b@acme.example", "--password-file", "PU", "--no-enable"},
			} {
				want := map[string]int{"login": c.login, "init": 5}[args[0]]
				_, stderr, status := bob.run("", args...)
				if status != want || !strings.Contains(stderr, "--store PATH for a store of your own") || strings.Contains(stderr, "there is a store already") || strings.Contains(stderr, "hint: mfactl") {
					t.Errorf("%v: exit %d: %s", args, status, stderr)
				}
			}
			bob.must("", "--store", "own.db", "init", "--community", "Acme", "--email", "b@acme.example", "--password-file", "PU", "--no-enable")
			owner.must("", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
		})
	}
}

// At the socket of a host doctor tells its people about the way to the server, and its
// keepers, who may open the store, about the store.
func TestDoctorChecksWhatWhoAsksMayOpen(t *testing.T) {
	h := newHost(t)
	owner, bob, root := h.person(50001, 1), h.person(50002, 1), h.person(0)
	h.publish(owner, 0o700, bob, root)
	owner.must("", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	owner.serve(1, "--listen", "unix:"+filepath.Join(h.dir, "run", "mfactl.sock"), "--socket-group", socketGroup)
	if out, _, status := bob.run("", "doctor", "-o", "csv"); !strings.Contains(out, "\nserver,ok") || strings.Contains(out, "\nstore,") {
		t.Errorf("the people's: exit %d: %s", status, out)
	}
	for _, p := range []*person{owner, root} {
		out, _, status := p.run("", "doctor", "-o", "csv")
		if status != 12 || !strings.Contains(out, "\nstore,ok") || !strings.Contains(out, "\nrecords,ok") || strings.Contains(out, "\nserver,") {
			t.Errorf("uid %d's: exit %d: %s", p.uid, status, out)
		}
	}
}

// Who may not even look whether the host has a server is told so, and works nowhere
// else instead.
func TestWhoMayNotLookForTheServerWorksNowhereElse(t *testing.T) {
	h := newHost(t)
	owner, bob := h.person(50001, 1), h.person(50002)
	h.publish(owner, 0o700, bob)
	owner.must("", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	run := filepath.Join(h.dir, "run")
	owner.serve(1, "--listen", "unix:"+filepath.Join(run, "mfactl.sock"), "--socket-group", socketGroup)
	if err := os.Chmod(run, 0o700); err != nil {
		t.Fatal(err)
	}
	_, stderr, status := bob.run("", "login", "--email", "admin@acme.example", "--password-file", "P")
	if status != 5 || !strings.Contains(stderr, "mfactl.sock may not be opened") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

// Without --listen a user who is not root serves at a socket in their own runtime directory,
// and not at a port that any user could have taken first.
func TestAServerOfAUserListensInTheirRuntimeDirectory(t *testing.T) {
	h := newHost(t)
	server := h.person(50001)
	server.env = []string{"XDG_RUNTIME_DIR=" + server.home}
	server.must("", "--store", "store.db", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", "P", "--no-enable")
	want := filepath.Join(server.home, "mfactl", "mfactl.sock")
	if at := server.serve(1, "--store", "store.db"); at[0] != want {
		t.Errorf("it listens at %v", at)
	}
	server.must("", "--server", "unix:"+want, "login", "--email", "admin@acme.example", "--password-file", "P")
	server.env = nil
	if _, stderr, status := server.run("", "serve", "--store", "store.db"); status != 2 || !strings.Contains(stderr, "--listen") || !strings.Contains(stderr, "XDG_RUNTIME_DIR") {
		t.Errorf("without one: exit %d: %s", status, stderr)
	}
}
