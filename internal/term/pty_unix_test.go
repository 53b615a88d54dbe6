//go:build unix

package term

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// The tests of prompts run this binary again on a real pty, as a shell would:
// a leader owns the session, the command under test is its foreground job, so
// that it can be stopped and continued. A job's stdout is a pipe, to show that
// questions do not need it.

func TestMain(m *testing.M) {
	switch role := os.Getenv("TERM_TEST_ROLE"); role {
	case "":
		os.Exit(m.Run())
	case "leader":
		os.Exit(leader())
	default:
		os.Exit(job(role))
	}
}

// leader starts the job and reports on it: its pid, its stops, its end. A line
// on the control pipe continues the job, its end ends the leader.
func leader() int {
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP) // outlive a hang-up, to report
	report, control := os.NewFile(3, "report"), bufio.NewReader(os.NewFile(4, "control"))
	if err := os.Setenv("TERM_TEST_ROLE", os.Getenv("TERM_TEST_JOB")); err != nil {
		return 1
	}
	if os.Getenv("TERM_TEST_SOLO") != "" { // be the job oneself, as under ssh -t
		_, _ = fmt.Fprintln(report, "pid", os.Getpid())
		_, _ = fmt.Fprintln(report, unix.Exec(testBinary(), os.Args, os.Environ()))
		return 1
	}
	cmd := exec.Command(testBinary()) //nolint:noctx // it ends with the terminal
	cmd.Stdout, cmd.Stderr = report, os.Stderr
	if os.Getenv("TERM_TEST_OUT") == "tty" {
		cmd.Stdout = os.Stdout
	}
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		_, _ = fmt.Fprintln(report, "cannot start:", err)
		return 1
	}
	_, _ = fmt.Fprintln(report, "pid", cmd.Process.Pid)
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil {
			if errors.Is(err, unix.EINTR) {
				continue
			}
			return 1
		}
		if !status.Stopped() {
			_, _ = fmt.Fprintf(report, "exit %d\n", status.ExitStatus())
			break
		}
		_, _ = fmt.Fprintln(report, "stopped")
		if _, err := control.ReadString('\n'); err != nil {
			return 1
		}
		if err := unix.Kill(-cmd.Process.Pid, unix.SIGCONT); err != nil {
			return 1
		}
	}
	_, _ = io.Copy(io.Discard, control)
	return 0
}

// testBinary is what runs as leader and as job.
func testBinary() string { return os.Args[0] }

// session is a pty with a job on it.
type session struct {
	t       *testing.T
	ptmx    *os.File
	control io.Closer
	resume  func()
	before  unix.Termios
	pid     int

	mu      sync.Mutex
	changed chan struct{} // closed and renewed at each change
	screen  strings.Builder
	report  strings.Builder
}

func startJob(t *testing.T, role string, env ...string) *session {
	t.Helper()
	return startJobIn(t, 80, 24, role, env...)
}

// startJobIn starts a job in a terminal of cols by rows.
func startJobIn(t *testing.T, cols, rows uint16, role string, env ...string) *session {
	t.Helper()
	ptmx, tty := openPTY(t)
	reportR, reportW, err1 := os.Pipe()
	controlR, controlW, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, ptmx: ptmx, control: controlW, changed: make(chan struct{})}
	s.resume = func() { _, _ = io.WriteString(controlW, "go on\n") }
	s.master(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: cols, Row: rows})
	})
	s.before = s.termios()
	cmd := exec.CommandContext(t.Context(), testBinary())
	cmd.Env = append([]string{"TERM_TEST_ROLE=leader", "TERM_TEST_JOB=" + role, "TERM=xterm-256color", "LANG=C.UTF-8",
		"GORACE=atexit_sleep_ms=0", // else a job ends a second late
		"GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.ExtraFiles = []*os.File{reportW, controlR}
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []*os.File{tty, reportW, controlR} {
		_ = f.Close()
	}
	go s.collect(ptmx, &s.screen)
	go s.collect(reportR, &s.report)
	t.Cleanup(func() {
		_ = controlW.Close()
		_ = ptmx.Close()
		_ = cmd.Wait()
		_ = reportR.Close()
	})
	s.waitReport("pid ")
	_, pid, _ := strings.Cut(s.reported(), "pid ") // a job that is quick reports before its leader
	if _, err := fmt.Sscanf(pid, "%d", &s.pid); err != nil {
		t.Fatal(err)
	}
	return s
}

// openPTY opens a pty whose master does not block: a blocking one could not be
// closed under its reader.
func openPTY(t *testing.T) (ptmx, tty *os.File) {
	t.Helper()
	blocking, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pty: %v", err)
	}
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, blocking.Close(), unix.SetNonblock(fd, true)); err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "ptmx"), tty
}

func (s *session) collect(r io.Reader, into *strings.Builder) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		s.mu.Lock()
		into.Write(buf[:n])
		close(s.changed)
		s.changed = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *session) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *session) reported() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.report.String()
}

// wait waits until what is collected satisfies ok.
func (s *session) wait(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			s.t.Fatalf("waited in vain for %s\nscreen: %q\nreport: %q", what, s.shown(), s.reported())
		}
	}
}

func (s *session) waitShown(text string, times int) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%q on the screen", text), func() bool { return strings.Count(s.shown(), text) >= times })
}

// waitReport waits for whole lines.
func (s *session) waitReport(text string) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%q in the report", text), func() bool {
		_, rest, ok := strings.Cut(s.reported(), text)
		return ok && strings.Contains(rest, "\n")
	})
}

func (s *session) write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.ptmx, text); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) signal(sig unix.Signal) {
	s.t.Helper()
	if err := unix.Kill(s.pid, sig); err != nil {
		s.t.Fatal(err)
	}
}

// master calls f with the pty's descriptor.
func (s *session) master(f func(fd int) error) {
	s.t.Helper()
	conn, err := s.ptmx.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	if e := conn.Control(func(fd uintptr) { err = f(int(fd)) }); e != nil || err != nil {
		s.t.Fatal(e, err)
	}
}

func (s *session) termios() (now unix.Termios) {
	s.t.Helper()
	s.master(func(fd int) error {
		got, err := unix.IoctlGetTermios(fd, getTermios)
		if err == nil {
			now = *got
		}
		return err
	})
	return now
}

func (s *session) echoes() bool { return s.termios().Lflag&unix.ECHO != 0 }

// checkRestored checks that the terminal is as it was before the job.
func (s *session) checkRestored(when string) {
	s.t.Helper()
	if now := s.termios(); now != s.before {
		s.t.Errorf("%s the terminal's mode is %+v, was %+v", when, now, s.before)
	}
	s.wait("the alternate screen to be left "+when, func() bool {
		out := s.shown()
		return strings.LastIndex(out, "\x1b[?1049h") <= strings.LastIndex(out, "\x1b[?1049l")
	})
}
