//go:build linux

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/cli"

	"github.com/creack/pty"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// screen is a terminal of a test: what is typed goes in, what is drawn comes
// out, and nothing is ever answered.
type screen struct {
	t    *testing.T
	f    *os.File // our side
	tty  *os.File // the program's side, kept open to read its settings
	cmd  *exec.Cmd
	mu   sync.Mutex
	all  bytes.Buffer
	more chan struct{}
	done chan struct{}
}

// on starts a command on a terminal of 80 by 24.
func (m *machine) on(who string, args ...string) *screen {
	m.t.Helper()
	return m.onTerminal(24, m.cmd(who, args...))
}

// onTerminal starts a program as the leader of a session on a terminal of 80 columns.
func (m *machine) onTerminal(rows uint16, c *exec.Cmd) *screen {
	m.t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		m.t.Skip("no pseudo-terminal: ", err)
	}
	if err := pty.Setsize(ours, &pty.Winsize{Rows: rows, Cols: 80}); err != nil {
		m.t.Fatal(err)
	}
	c.Stdin, c.Stdout, c.Stderr = theirs, theirs, theirs
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := startWithDefaultSignals(c); err != nil {
		m.t.Fatal(err)
	}
	s := &screen{t: m.t, f: ours, tty: theirs, cmd: c, more: make(chan struct{}, 1), done: make(chan struct{})}
	go s.read()
	go func() {
		_ = c.Wait()
		close(s.done)
	}()
	m.t.Cleanup(func() {
		_ = c.Process.Kill()
		<-s.done
		_ = theirs.Close()
		_ = ours.Close()
	})
	return s
}

// startWithDefaultSignals starts a program that is ended by SIGINT and SIGHUP. A shell that
// runs the tests in the background has them ignored, and a program inherits an ignored
// signal, but not one that is caught. So this process catches them while the program
// starts, and ignores them again afterwards.
func startWithDefaultSignals(c *exec.Cmd) error {
	caught := make(chan os.Signal, 1)
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			signal.Notify(caught, sig)
			defer signal.Ignore(sig)
		}
	}
	return c.Start()
}

func (s *screen) read() {
	buf := make([]byte, 4096)
	for {
		n, err := s.f.Read(buf)
		s.mu.Lock()
		s.all.Write(buf[:n])
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// sees waits until a text was drawn.
func (s *screen) sees(text string) {
	s.t.Helper()
	s.seesTimes(text, 1)
}

func (s *screen) seesTimes(text string, n int) {
	s.t.Helper()
	late := time.After(patience)
	for strings.Count(s.text(), text) < n {
		select {
		case <-s.more:
		case <-late:
			s.t.Fatalf("%q was never drawn: %q", text, s.text())
		}
	}
}

// types types a line.
func (s *screen) types(line string) {
	s.t.Helper()
	if _, err := s.f.WriteString(line + "\n"); err != nil {
		s.t.Fatal(err)
	}
}

// end is drawn by the test behind everything that the program has drawn.
const end = "\x00end\x00"

// ends waits for the end, and for what was drawn before it, and returns the exit
// status.
func (s *screen) ends() int {
	s.t.Helper()
	select {
	case <-s.done:
		if _, err := s.tty.WriteString(end); err != nil {
			s.t.Fatal(err)
		}
		s.sees(end)
		return s.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		s.t.Fatalf("it does not end: %q", s.text())
		return -1
	}
}

// echoes reports whether the terminal shows what is typed.
func (s *screen) echoes() bool {
	s.t.Helper()
	settings, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// queries are the sequences that ask a terminal something.
var queries = regexp.MustCompile(`\x1b\](10|11|4);|\x1b\[[0-9?>]*[cn]|\x1bP[+$]`)

// asks is how a question ends, and what a server says when it waits for clients.
var asks = regexp.MustCompile(`(: |\] |\? )$|"msg":"serving"`)

// Each command, on a terminal that never answers, ends or asks the person, and
// asks the terminal nothing. A server gets as far as its clients.
func TestEveryCommandOnASilentTerminalEndsOrAsks(t *testing.T) {
	m := newMachine(t)
	var walk func(c *cobra.Command, path []string)
	walk = func(c *cobra.Command, path []string) {
		if c.HasSubCommands() {
			for _, sub := range c.Commands() {
				walk(sub, append(slices.Clip(path), sub.Name()))
			}
			return
		}
		t.Run(strings.Join(path, " "), func(t *testing.T) {
			mm := *m
			mm.t = t
			args := append(path, map[string][]string{
				"verify": {"admin@acme.example"}, "reset-2fa": {"admin@acme.example"}, "create": {"x@acme.example"},
				"show": {"admin@acme.example"}, "update": {"admin@acme.example", "--role", "member"},
				"reset-password": {"admin@acme.example"}, "prefer": {"phone"}, "rename": {"phone", "telephone"},
				"remove": {"telephone"}, "resync": {"telephone"}, "completion": {"bash"}, "help": {"exit-codes"},
				"serve": {"--listen", "127.0.0.1:0"}, // the system picks a free port
			}[c.Name()]...)
			for _, who := range []string{"admin", "nobody"} {
				s := mm.on(who, args...)
				late := time.After(patience)
				ended := false
				for !ended && !asks.MatchString(s.text()) {
					select {
					case <-s.done:
						ended = true
					case <-s.more:
					case <-late:
						t.Fatalf("neither ends nor asks: %q", s.text())
					}
				}
				if q := queries.FindString(s.text()); q != "" {
					t.Errorf("asks the terminal: %q", q)
				}
			}
		})
	}
	walk(cli.Commands(), nil)
}

// Tests that were started with SIGHUP ignored start programs that it ends, and go on
// ignoring it themselves. A process cannot undo signal.Ignore, so this test runs itself
// again in one that a shell started so.
func TestAProgramOnATerminalDoesNotInheritAnIgnoredSignal(t *testing.T) {
	if !signal.Ignored(syscall.SIGHUP) {
		c := exec.CommandContext(t.Context(), "sh", "-c", `trap "" HUP; exec "$0" -test.run="^$1\$"`, os.Args[0], t.Name())
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	m := newMachine(t)
	s := m.on("nobody", "login")
	s.sees("E-mail address: ")
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if got := s.ends(); got != 129 {
		t.Errorf("exit status %d: %q", got, s.text())
	}
	if !signal.Ignored(syscall.SIGHUP) {
		t.Error("the tests no longer ignore SIGHUP")
	}
}

// Each signal at each sort of question puts the terminal back.
func TestASignalAtAQuestionPutsTheTerminalBack(t *testing.T) {
	m := newMachine(t)
	questions := map[string]struct {
		who    string
		args   []string
		prompt string
		screen bool
	}{
		"a password":        {"nobody", []string{"login", "admin@acme.example"}, "Password for admin@acme.example: ", false},
		"a line":            {"nobody", []string{"login"}, "E-mail address: ", false},
		"a confirmation":    {"admin", []string{"2fa", "disable"}, "[y/N] ", false},
		"a screen's prompt": {"admin", []string{"backup-codes", "generate", "--password-file", m.path("P"), "--yes"}, secretPrompt, true},
	}
	signals := map[string]struct {
		signal syscall.Signal
		status int
	}{"SIGINT": {syscall.SIGINT, 130}, "SIGTERM": {syscall.SIGTERM, 143}, "SIGHUP": {syscall.SIGHUP, 129}}
	for qn, q := range questions {
		for sn, sig := range signals {
			t.Run(sn+" at "+qn, func(t *testing.T) {
				mm := *m
				mm.t = t
				s := mm.on(q.who, q.args...)
				s.sees(q.prompt)
				if qn == "a password" && s.echoes() {
					t.Error("the password would be shown")
				}
				if err := s.cmd.Process.Signal(sig.signal); err != nil {
					t.Fatal(err)
				}
				if got := s.ends(); got != sig.status {
					t.Errorf("exit status %d, not %d: %q", got, sig.status, s.text())
				}
				if !s.echoes() {
					t.Error("the terminal shows nothing that is typed any more")
				}
				if q.screen {
					s.sees("\x1b[?1049l")
				}
			})
		}
	}
}

// A person at a terminal turns on 2FA: the key is shown on a screen that is
// cleared, and 80 by 24 holds it all.
func TestAPersonTurnsOn2FAAtATerminal(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "eve@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	s := m.on("eve", "2fa", "enable", "--label", "phone")
	s.sees("E-mail address: ")
	s.types("eve@acme.example")
	s.sees("Password for eve@acme.example: ")
	s.types(userPassword)
	s.sees("Code from the app: ")
	key := regexp.MustCompile(`(?:[A-Z2-7]{4} ){3}[A-Z2-7]{4}`).FindAllString(s.text(), -1)
	if len(key) != 2 {
		t.Fatalf("the key is not shown: %q", s.text())
	}
	drawn := s.text()[strings.LastIndex(s.text(), "\x1b[?1049h"):]
	if lines := strings.Count(drawn, "\n"); lines > 23 {
		t.Errorf("%d lines do not fit", lines)
	}
	s.types("12")
	s.seesTimes("Code from the app: ", 2)
	s.types(m.phoneOf(strings.ReplaceAll(strings.Join(key, ""), " ", "")).Code(m.now()))
	s.sees(secretPrompt)
	s.types("copy")
	s.sees("\x1b]52;c;")
	s.seesTimes(secretPrompt, 2)
	s.types("save")
	s.sees("File name [mfactl-backup-codes.txt]: ")
	s.types(m.path("codes.txt"))
	if got := s.ends(); got != 0 {
		t.Fatalf("exit status %d: %q", got, s.text())
	}
	after := s.text()[strings.LastIndex(s.text(), "\x1b[?1049l"):]
	if !strings.Contains(after, "2FA enabled") || strings.Contains(after, key[0]) {
		t.Errorf("at the end: %q", after)
	}
	b, err := os.ReadFile(m.path("codes.txt"))
	if err != nil || strings.Count(string(b), "\n") != 11 {
		t.Errorf("saved: %q, %v", b, err)
	}
	if left := m.must("eve", "", "2fa", "status", "--jq", ".backup_codes_left"); left != "10\n" {
		t.Errorf("%s codes left", left)
	}
}

// What went wrong is told as what it is, whatever went well before it.
func TestThreeWrongCodesAfterASignInAreWrongCodes(t *testing.T) {
	m := newMachine(t)
	m.must("admin", "", "admin", "users", "create", "eve@acme.example", "--new-password-file", m.path("PU"), "--password-file", m.path("P"))
	s := m.on("eve", "2fa", "enable", "--label", "phone")
	s.sees("E-mail address: ")
	s.types("eve@acme.example")
	s.sees("Password for eve@acme.example: ")
	s.types(userPassword)
	p := m.key(s)
	for n := range 3 {
		s.seesTimes("Code from the app: ", n+1)
		s.types(p.Wrong(m.now()))
	}
	if status := s.ends(); status != 7 || !strings.Contains(s.text(), "cannot enable 2FA: wrong code") || !strings.Contains(s.text(), "begin again") {
		t.Errorf("exit status %d: %q", status, s.text())
	}
}

func TestAnInitThatIsLeftAtTheQRCodeHasMadeItsStore(t *testing.T) {
	m := &machine{t: t, dir: t.TempDir()}
	m.write("P", adminPassword)
	m.write(".clock", "2026-03-14T09:26:40Z")
	s := m.on("admin", "init", "--community", "Acme", "--email", "admin@acme.example", "--password-file", m.path("P"))
	s.sees("Code from the app: ")
	s.types("\x03")
	if status := s.ends(); status != 130 || !strings.Contains(s.text(), "cannot enable 2FA") || strings.Contains(s.text(), "cannot make a store") {
		t.Errorf("exit status %d: %q", status, s.text())
	}
	m.must("admin", "", "whoami")
}
