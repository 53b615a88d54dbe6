//go:build linux

package cli_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// asJob has a command run as a job of a terminal, which can be stopped and continued.
func (m *machine) asJob(who string, args ...string) *screen {
	m.t.Helper()
	path, err := exec.LookPath("as-job")
	if err != nil {
		m.t.Fatal(err)
	}
	c := m.cmd(who, args...)
	c.Path, c.Args[0] = path, "as-job"
	return m.onTerminal(24, c)
}

// signal sends a signal to the foreground job of the terminal.
func (s *screen) signal(sig syscall.Signal) {
	s.t.Helper()
	job, err := unix.IoctlGetInt(int(s.f.Fd()), unix.TIOCGPGRP)
	if err == nil {
		err = syscall.Kill(job, sig)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// settings are the terminal's.
func (s *screen) settings() unix.Termios {
	s.t.Helper()
	settings, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return *settings
}

// commandsThatSignIn are three commands that only read and one that writes. Each asks a user
// who is not signed in to sign in first.
var commandsThatSignIn = []string{"whoami", "2fa status", "admin users list", "2fa prefer phone"}

// signInPrompts are the questions of a sign-in with bob's answers. The caller gives the code.
func signInPrompts(code string) [][2]string {
	return [][2]string{
		{"E-mail address: ", "bob@acme.example"},
		{"Password for bob@acme.example: ", userPassword},
		{"Code from phone, or a backup code: ", code},
	}
}

// withPlaces calls f on a machine with a store and bob, who may read users, first on the
// store itself and then over TLS to its server.
func withPlaces(t *testing.T, f func(t *testing.T, m *machine, bob account)) {
	m := newMachine(t)
	bob := m.user("bob")
	m.must("admin", "", "admin", "users", "update", "--password-file", m.path("P"), bob.email, "--role", "auditor", "--yes")
	t.Run("on the store", func(t *testing.T) {
		mm := *m
		mm.t = t
		f(t, &mm, bob)
	})
	t.Run("over TLS", func(t *testing.T) {
		mm := *m
		mm.t = t
		tls := mm.path("tls")
		pair(t, tls, "tls.crt", "tls.key")
		mm.extra = []string{"CREDENTIALS_DIRECTORY=" + tls}
		at := mm.serve(1, "--listen", "127.0.0.1:0").at[0]
		mm.extra = []string{"MFACTL_STORE=", "MFACTL_SERVER=https://" + at, "MFACTL_CA_FILE=" + filepath.Join(tls, "tls.crt")}
		bob := bob
		bob.codes = bob.codes[len(commandsThatSignIn):]
		f(t, &mm, bob)
	})
}

// A signal that a window, a shell, a child or the runtime sends does not end the prompts of a
// sign-in: the prompt stays, and the command goes on after it.
func TestOtherSignalsEndNoSignIn(t *testing.T) {
	withPlaces(t, func(t *testing.T, m *machine, bob account) {
		for i, command := range commandsThatSignIn {
			s := m.asJob(fmt.Sprint(t.Name(), i), strings.Fields(command)...)
			before := s.settings()
			for _, prompt := range signInPrompts(bob.codes[i]) {
				s.sees(prompt[0])
				for n := range 20 {
					for _, sig := range []syscall.Signal{syscall.SIGURG, syscall.SIGWINCH, syscall.SIGCHLD} {
						s.signal(sig)
					}
					s.signal(syscall.SIGCONT)
					s.seesTimes(prompt[0], 2*n+2)
					s.signal(syscall.SIGTSTP) // and asJob continues it
					s.seesTimes(prompt[0], 2*n+3)
				}
				s.types(prompt[1])
			}
			if status := s.ends(); status != 0 || !strings.Contains(s.text(), "bob@acme.example") {
				t.Errorf("%s: exit status %d: %q", command, status, s.text())
			}
			if s.settings() != before || strings.Contains(s.text(), userPassword) {
				t.Errorf("%s: the terminal is left as %+v, was %+v: %q", command, s.settings(), before, s.text())
			}
		}
	})
}

// Each ending signal ends each prompt of a sign-in. The exit status tells which signal it
// was, and the terminal is as it was before.
func TestEndingSignalsEndASignIn(t *testing.T) {
	endings := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129}
	withPlaces(t, func(t *testing.T, m *machine, _ account) {
		for _, command := range commandsThatSignIn {
			for sig, want := range endings {
				for at := range 3 {
					s := m.asJob("nobody", strings.Fields(command)...)
					before := s.settings()
					for _, prompt := range signInPrompts("")[:at] {
						s.sees(prompt[0])
						s.types(prompt[1])
					}
					s.sees(signInPrompts("")[at][0])
					s.signal(sig)
					if status := s.ends(); status != want || s.settings() != before || !s.echoes() {
						t.Errorf("%s, %s at prompt %d: exit status %d, not %d, or the terminal is not as it was: %q", command, sig, at+1, status, want, s.text())
					}
				}
			}
		}
	})
}

// A command that was started to outlive its terminal (nohup) is not ended by SIGHUP.
func TestAnIgnoredHangUpEndsNoSignIn(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "eve@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	m.extra = []string{"TEST_IGNORED=SIGHUP"}
	for i, command := range []string{"whoami", "password change --new-password-file " + m.path("P")} {
		s := m.asJob(fmt.Sprint("eve", i), strings.Fields(command)...)
		s.sees("E-mail address: ")
		s.types("eve@acme.example")
		const prompt = "Password for eve@acme.example: "
		s.sees(prompt)
		for n := range 20 {
			s.signal(syscall.SIGHUP)
			s.signal(syscall.SIGCONT)
			s.seesTimes(prompt, n+2)
		}
		s.types(userPassword)
		if status := s.ends(); status != 0 {
			t.Errorf("%s: exit status %d: %q", command, status, s.text())
		}
	}
}
