//go:build unix

package term

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
)

const ttyPath = "/dev/tty"

// tty is the controlling terminal while it is talked to.
type tty struct {
	f      *os.File
	fd     int
	redraw func() string // what stands above the question
	enter  string        // sequences that a screen of its own begins
	leave  string        // and ends with
}

func openTTY(path string) (*tty, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return &tty{f: os.NewFile(uintptr(fd), path), fd: fd, redraw: func() string { return "" }}, nil
}

func (t *tty) close() { _ = t.f.Close() }

func (t *tty) write(s string) error {
	_, err := t.f.WriteString(s)
	return err
}

// ask asks one question. The terminal is as it was before on every way out.
func (t *tty) ask(ctx context.Context, prompt string, echo bool) (string, error) {
	before, err := unix.IoctlGetTermios(t.fd, getTermios)
	if err != nil {
		return "", ErrNoPrompt
	}
	during := *before
	during.Lflag |= unix.ICANON | unix.ISIG
	during.Iflag |= unix.ICRNL
	if !echo {
		during.Lflag &^= unix.ECHO
	}
	watch, err := watchSignals(ctx)
	if err != nil {
		return "", err
	}
	defer watch.stop()
	restore := func() { _ = unix.IoctlSetTermios(t.fd, setTermios, before) }
	defer restore()
	for {
		if err := unix.IoctlSetTermios(t.fd, setTermios, &during); err != nil {
			return "", err
		}
		if err := t.write(t.redraw() + prompt); err != nil {
			return "", err
		}
		line, err := t.read(ctx, watch)
		if !echo || err != nil {
			_ = t.write("\n")
		}
		if !errors.Is(err, errStopped) {
			return line, err
		}
		restore()
		_ = t.write(t.leave)
		stopUntilContinued()
		_ = t.write(t.enter)
	}
}

// stopUntilContinued really stops the process. The signal takes effect on its
// own time, so nothing may be done before the other one has come.
func stopUntilContinued() {
	cont := make(chan os.Signal, 1)
	signal.Notify(cont, unix.SIGCONT)
	defer signal.Stop(cont)
	if unix.Kill(os.Getpid(), unix.SIGSTOP) == nil {
		<-cont
	}
}

var errStopped = errors.New("stopped")

// read waits for a line or a signal, whichever comes first.
func (t *tty) read(ctx context.Context, w *watch) (string, error) {
	var line strings.Builder
	buf := make([]byte, maxLine)
	for {
		fds := []unix.PollFd{{Fd: int32(t.fd), Events: unix.POLLIN}, {Fd: int32(w.fd), Events: unix.POLLIN}} //nolint:gosec // descriptors are small
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return "", err
		}
		if fds[1].Revents != 0 {
			return "", w.reason(ctx)
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(t.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil || n <= 0:
			return "", Interrupted{unix.SIGINT}
		}
		line.Write(buf[:n])
		if line.Len() > maxLine {
			return "", errors.New("the answer is too long")
		}
		if s, done := strings.CutSuffix(line.String(), "\n"); done {
			return strings.TrimSuffix(s, "\r"), nil
		}
	}
}

// watch turns signals and the end of a context into something that can be
// polled beside the terminal.
type watch struct {
	fd, out int
	signals chan os.Signal
	got     chan os.Signal
	done    chan struct{}
}

func watchSignals(ctx context.Context) (*watch, error) {
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return nil, err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	w := &watch{fd: p[0], out: p[1], signals: make(chan os.Signal, 4), got: make(chan os.Signal, 4), done: make(chan struct{})}
	signal.Notify(w.signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP)
	go func() {
		defer close(w.done)
		for {
			select {
			case s, ok := <-w.signals:
				if !ok {
					return
				}
				w.got <- s
			case <-ctx.Done():
				// the signal itself, if it was one, comes by the other way
			}
			_, _ = unix.Write(w.out, []byte{1})
			if ctx.Err() != nil {
				return
			}
		}
	}()
	return w, nil
}

// reason says why the wait ended.
func (w *watch) reason(ctx context.Context) error {
	var one [1]byte
	_, _ = unix.Read(w.fd, one[:])
	select {
	case s := <-w.got:
		if s == unix.SIGTSTP {
			return errStopped
		}
		return Interrupted{s}
	default:
		return context.Cause(ctx)
	}
}

func (w *watch) stop() {
	signal.Stop(w.signals)
	close(w.signals)
	<-w.done
	_ = unix.Close(w.fd)
	_ = unix.Close(w.out)
}
