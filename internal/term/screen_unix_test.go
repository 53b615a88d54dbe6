//go:build unix

package term

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// line is the text of a row.
func (v *vt) line(row int) string {
	var b strings.Builder
	for _, c := range v.cells[row] {
		b.WriteRune(c.r)
	}
	return strings.TrimRight(b.String(), " ")
}

func TestAScreenLeavesNothingBehind(t *testing.T) {
	s := startJob(t, "screen")
	s.waitShown("Type done: ", 1)
	s.write("done\n")
	s.waitReport("exit 0")
	s.waitShown("said meanwhile", 1)
	s.checkRestored("after done")
	out := s.shown()
	for row := range 24 {
		if strings.Count(out, fmt.Sprintf("\x1b[%d;1H\x1b[2K", row+1)) != 2 {
			t.Errorf("row %d was not wiped before and after", row+1)
		}
	}
	if regexp.MustCompile(`\x1b\[[0-9]*J`).MatchString(out) {
		t.Error("the screen was erased as a whole, which some terminals keep")
	}
	v := newVT(t, 80, 24, true)
	v.write(strings.ReplaceAll(out[:strings.LastIndex(out, "\x1b[?1049l")], "\r\n", "\n"))
	for row := range 24 {
		if v.line(row) != "" {
			t.Errorf("row %d still says %q", row, v.line(row))
		}
	}
	if v.scrolled > 0 {
		t.Error("the screen scrolled")
	}
	if strings.Index(out, "said meanwhile") < strings.LastIndex(out, "\x1b[?1049l") {
		t.Errorf("talk went onto the screen: %q", out)
	}
}

func TestASignalLeavesTheScreenWhileTheCommandIsBusy(t *testing.T) {
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			s := startJob(t, "busy")
			s.waitShown("7K3F-9QXM", 1)
			s.signal(sig)
			s.waitShown("\x1b[?1049l", 1)
			s.checkRestored("at once")
			s.signal(unix.SIGUSR1)
			s.waitReport(fmt.Sprintf("interrupted %d", 128+int(sig)))
			s.waitReport("exit 0")
			if strings.Contains(s.shown(), "too late") {
				t.Error("something was printed after the screen was left")
			}
		})
	}
}

func TestABusyScreenCanBeSuspended(t *testing.T) {
	s := startJob(t, "busy")
	s.waitShown("7K3F-9QXM", 1)
	s.write("\x1a")
	s.waitReport("stopped")
	s.checkRestored("while stopped")
	s.resume()
	s.waitShown("7K3F-9QXM", 2)
	s.signal(unix.SIGUSR1)
	s.waitReport("answer")
	s.checkRestored("at the end")
}

func TestAPanicLeavesTheScreen(t *testing.T) {
	s := startJob(t, "panic")
	s.waitShown("Type done: ", 1)
	s.write("done\n")
	s.waitReport("exit 2")
	s.waitShown("panic: on purpose", 1)
	s.checkRestored("after the panic")
	out := s.shown()
	if at := strings.Index(out, "panic: on purpose"); at < strings.LastIndex(out, "\x1b[?1049l") {
		t.Errorf("the panic is not told on the ordinary screen: %q", out)
	}
}

func TestAFullTerminalShowsCodeKeyAndPromptAtOnce(t *testing.T) {
	s := startJob(t, "qr")
	for try := range 2 {
		s.waitShown("Code from the app: ", try+1)
		s.write([]string{"111111\n", ""}[try])
	}
	s.waitShown("Code from the app: ", 2)
	v := newVT(t, 80, 24, true)
	v.write(strings.ReplaceAll(s.shown(), "\r\n", "\n"))
	if v.scrolled > 0 || v.wrapped > 0 {
		t.Errorf("it scrolled %d lines and wrapped %d", v.scrolled, v.wrapped)
	}
	checkScans(t, v.picture(), testURI134)
	for row, want := range []string{"Key: Z2AT 6YPK O35F FIMV IDBL", "LTUF RRHA 7TX6", "", "Code from the app: 111111", "Code from the app:"} {
		if got := strings.TrimSpace(string([]rune(v.line(row) + strings.Repeat(" ", 80))[47:])); got != want {
			t.Errorf("beside row %d stands %q, want %q", row, got, want)
		}
	}
	s.write("492039\n")
	s.waitReport(`answer "492039"`)
	s.checkRestored("at the end")
}

func TestALargeTerminalHasThePromptUnderTheCode(t *testing.T) {
	for locale, height := range map[string]int{"LANG=C.UTF-8": 23, "LANG=C": 45} {
		t.Run(locale, func(t *testing.T) {
			s := startJobIn(t, 120, 60, "qr", locale)
			s.waitShown("Code from the app: ", 1)
			v := newVT(t, 120, 60, true)
			v.write(strings.ReplaceAll(s.shown(), "\r\n", "\n"))
			checkScans(t, v.picture(), testURI134)
			if got := v.line(height); got != "Key: Z2AT 6YPK O35F FIMV IDBL LTUF RRHA 7TX6" {
				t.Errorf("under the code stands %q", got)
			}
			if strings.ContainsAny(s.shown(), "█▀▄") == (locale == "LANG=C") {
				t.Error("the wrong blocks for the locale")
			}
		})
	}
}

func TestACodeThatDoesNotFitIsSaidNotDrawn(t *testing.T) {
	for name, s := range map[string]*session{
		"full blocks in 80 by 24": startJob(t, "qr", "LANG=C"),
		"one row short":           startJobIn(t, 80, 23, "qr"),
		"no room for the text":    startJobIn(t, 60, 24, "qr"),
	} {
		s.waitReport("error the QR code does not fit this terminal")
		s.waitReport("exit 0")
		if strings.Contains(s.shown(), "\x1b[30") || strings.Contains(s.shown(), "▀") {
			t.Errorf("%s: part of it was drawn", name)
		}
	}
}

// What is to be copied is in one piece: the terminal alone breaks it, so that it
// joins it again.
func TestWhatIsToBeCopiedIsNotBroken(t *testing.T) {
	token := strings.Repeat("0123456789", 8)
	s := startJob(t, "token")
	s.waitShown("Type done: ", 1)
	if !strings.Contains(s.shown(), token+"a") {
		t.Errorf("it is broken: %q", s.shown())
	}
	v := newVT(t, 80, 24, true)
	v.write(strings.ReplaceAll(s.shown(), "\r\n", "\n"))
	for row, want := range []string{"API token", token, "a", token, "    7K3F-9QXM", "Type done:"} {
		if got := v.line(row); got != want {
			t.Errorf("row %d is %q, want %q", row, got, want)
		}
	}
	s.write("done\n")
	s.waitReport(`answer "done"`)
	s.checkRestored("at the end")
}

func TestAScreenThatIsFullWaitsAndNeverScrolls(t *testing.T) {
	s := startJob(t, "long")
	s.waitShown("Enter for more: ", 1)
	s.write("\n")
	s.waitShown("Type done: ", 1)
	v := newVT(t, 80, 24, true)
	v.write(strings.ReplaceAll(s.shown(), "\r\n", "\n"))
	if v.scrolled > 0 || v.line(0) != "code number 22" {
		t.Errorf("it scrolled %d lines; the first line is %q", v.scrolled, v.line(0))
	}
	s.write("done\n")
	s.waitReport(`answer "done"`)
}

func TestPlainLinesWhereNothingElseMayBeWritten(t *testing.T) {
	for _, env := range []string{"ACCESSIBLE=1", "TERM=dumb", "TERM=vt100"} {
		for _, role := range []string{"screen", "qr"} {
			t.Run(env+" "+role, func(t *testing.T) {
				s := startJob(t, role, env)
				if role == "screen" {
					s.waitShown("Type done: ", 1)
					s.write("done\n")
				} else {
					s.waitShown("Code from the app: ", 1)
					s.write("492039\n")
				}
				s.waitReport("answer ")
				s.checkRestored("at the end")
				if strings.ContainsAny(s.shown(), "\x1b█▀▄") {
					t.Errorf("more than lines: %q", s.shown())
				}
			})
		}
	}
}

// TestNothingAsksTheTerminal runs on a pty that never answers, and looks for each sequence
// that asks it something.
func TestNothingAsksTheTerminal(t *testing.T) {
	query := regexp.MustCompile(`\x1b\][0-9]+;\?|\x1b\[[>=?]?[0-9]*[cn]|\x1b\[[?]?[0-9;]*\$p|\x1bP[+$]q|\x1b\[[0-9]*t|\x1bZ|\x05`)
	for _, term := range []string{"TERM=xterm-256color", "TERM=xterm", "TERM=tmux-256color", "TERM=screen", "TERM=dumb"} {
		for role, answer := range map[string]string{"tour": "y\n", "qr": "492039\n", "password": "x\n"} {
			t.Run(term+" "+role, func(t *testing.T) {
				s := startJob(t, role, term, "TERM_TEST_OUT=tty")
				s.write(answer)
				s.waitReport("exit 0")
				if asked := query.FindString(s.shown()); asked != "" {
					t.Errorf("it asked %q", asked)
				}
			})
		}
	}
}

func TestCopyingIsWrappedForMultiplexers(t *testing.T) {
	for name, c := range map[string]struct{ env, want string }{
		"bare":   {"TERM=xterm", "\x1b]52;c;dGV4dA==\x07"},
		"tmux":   {"TMUX=/tmp/tmux-0/default,1,0", "\x1bPtmux;\x1b\x1b]52;c;dGV4dA==\x07\x1b\\"},
		"screen": {"TERM=screen.xterm-256color", "\x1bP\x1b]52;c;dGV4dA==\x07\x1b\\"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startJob(t, "tour", c.env)
			s.waitShown(c.want, 1)
		})
	}
}

// TestNothingRemainsInTmux looks where a user would: in the history of a real
// terminal emulator, during and after.
func TestNothingRemainsInTmux(t *testing.T) {
	tmux, err := exec.LookPath("tmux")
	if err != nil {
		t.Skip("tmux is not installed")
	}
	socket := filepath.Join(t.TempDir(), "s")
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), tmux, append([]string{"-S", socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v: %s", args, err, out)
		}
		return string(out)
	}
	self, err := filepath.Abs(testBinary())
	if err != nil {
		t.Fatal(err)
	}
	run("new-session", "-d", "-x", "80", "-y", "24",
		"env -i LANG=C.UTF-8 TERM=\"$TERM\" TERM_TEST_ROLE=screen '"+self+"'; tmux -S '"+socket+"' wait-for -S over; read x")
	defer run("kill-server")
	deadline := time.Now().Add(20 * time.Second)
	for !strings.Contains(run("capture-pane", "-p"), "Type done:") {
		if time.Now().After(deadline) {
			t.Fatal("the prompt never came:", run("capture-pane", "-p"))
		}
	}
	if !strings.Contains(run("capture-pane", "-p"), "7K3F-9QXM") {
		t.Error("the code is not shown")
	}
	run("send-keys", "done", "Enter")
	run("wait-for", "over")
	after := run("capture-pane", "-p", "-S", "-")
	if strings.Contains(after, "7K3F") || !strings.Contains(after, "answer") {
		t.Errorf("afterwards there is %q", after)
	}
}
