//go:build unix

package term

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

const (
	defaultTerm = ""    // who sets no TERM has no terminal to speak of
	defaultUTF8 = false // the C locale
)

// tty is the controlling terminal, by a descriptor of its own that stays
// blocking: the shell and we share the terminal, not its flags.
type tty struct{ fd int }

func openTTY() (*tty, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open("/dev/tty", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/tty", Err: err}
	}
	return &tty{fd}, nil
}

func (t *tty) close() { _ = unix.Close(t.fd) }

// retry calls f again while signals interrupt it.
func retry[T any](f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if !errors.Is(err, unix.EINTR) {
			return v, err
		}
	}
}

// print writes the whole text.
func (t *tty) print(text string) error {
	for len(text) > 0 {
		n, err := retry(func() (int, error) { return unix.Write(t.fd, []byte(text)) })
		if err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

func (t *tty) size() (cols, rows int) {
	ws, err := unix.IoctlGetWinsize(t.fd, unix.TIOCGWINSZ)
	if err != nil || ws.Col == 0 || ws.Row == 0 {
		return 80, 24
	}
	return int(ws.Col), int(ws.Row)
}

// ttyState is the mode of a terminal.
type ttyState struct{ termios unix.Termios }

func (t *tty) state() (ttyState, error) {
	termios, err := retry(func() (*unix.Termios, error) { return unix.IoctlGetTermios(t.fd, getTermios) })
	if err != nil {
		return ttyState{}, err
	}
	return ttyState{*termios}, nil
}

// set changes the mode at once and keeps what has been typed ahead.
func (t *tty) set(s ttyState) error {
	_, err := retry(func() (struct{}, error) {
		return struct{}{}, unix.IoctlSetTermios(t.fd, setTermios, &s.termios)
	})
	return err
}

// typing is the mode for answering a question: the kernel edits the line, and
// Ctrl-C makes a signal.
func (s ttyState) typing(echo bool) ttyState {
	s.termios.Iflag |= unix.ICRNL
	s.termios.Iflag &^= unix.INLCR | unix.IGNCR
	s.termios.Lflag |= unix.ICANON | unix.ISIG | unix.ECHOE | unix.ECHOK
	s.termios.Lflag &^= unix.ECHO | unix.ECHONL
	if echo {
		s.termios.Lflag |= unix.ECHO
	}
	return s
}

// waker interrupts await for good.
type waker struct{ r, w *os.File }

func newWaker() (*waker, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return &waker{r, w}, nil
}

func (w *waker) wake() { _ = w.w.Close() } // an end of file is there to be read ever after

func (w *waker) close() {
	_ = w.w.Close()
	_ = w.r.Close()
}

// await returns when something can be read or wake was called. It selects,
// because poll on macOS does not know /dev/tty.
func (t *tty) await(w *waker) error {
	pipe := int(w.r.Fd())
	last := max(t.fd, pipe)
	if last >= unix.FD_SETSIZE {
		return errors.New("too many open files to read from the terminal")
	}
	_, err := retry(func() (int, error) {
		var set unix.FdSet
		set.Set(t.fd)
		set.Set(pipe)
		return unix.Select(last+1, &set, nil, nil, nil)
	})
	return err
}

// readByte reads one byte. It reports false at the end: Ctrl-D or a terminal
// that hung up.
func (t *tty) readByte() (b byte, ok bool, err error) {
	var buf [1]byte
	n, err := retry(func() (int, error) { return unix.Read(t.fd, buf[:]) })
	return buf[0], n == 1, err
}
