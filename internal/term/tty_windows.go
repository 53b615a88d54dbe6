package term

import (
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/windows"
	xterm "golang.org/x/term"
)

const (
	defaultTerm = "windows"
	defaultUTF8 = true
	maxLine     = 4094
	contSignal  = syscall.Signal(-1) // a console cannot stop a process
	quitSignal  = syscall.Signal(-2) // and has no Ctrl-\
)

// tty is the console. Windows is a client only: a question is ended by Ctrl-C,
// which the console itself reports to the reader, not by a canceled context.
type tty struct {
	in, out *os.File
	mode    uint32 // of the output, as it was
}

func openTTY() (*tty, error) {
	in, err := os.OpenFile("CONIN$", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	t := &tty{in: in, out: out}
	handle := windows.Handle(out.Fd())
	if err = windows.GetConsoleMode(handle, &t.mode); err == nil {
		err = windows.SetConsoleMode(handle, t.mode|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
	}
	if err != nil {
		return nil, errors.Join(err, in.Close(), out.Close())
	}
	return t, nil
}

func (t *tty) close() {
	_ = windows.SetConsoleMode(windows.Handle(t.out.Fd()), t.mode)
	_ = t.in.Close()
	_ = t.out.Close()
}

func (t *tty) print(text string) error {
	_, err := io.WriteString(t.out, text)
	return err
}

func (t *tty) size() (cols, rows int) {
	cols, rows, err := xterm.GetSize(int(t.out.Fd()))
	if err != nil || cols == 0 || rows == 0 {
		return 80, 24
	}
	return cols, rows
}

// ttyState is the mode of the console's input.
type ttyState struct{ in uint32 }

func (t *tty) state() (s ttyState, err error) {
	err = windows.GetConsoleMode(windows.Handle(t.in.Fd()), &s.in)
	return s, err
}

func (t *tty) set(s ttyState) error {
	return windows.SetConsoleMode(windows.Handle(t.in.Fd()), s.in)
}

func (s ttyState) typing(echo bool) ttyState {
	s.in |= windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	s.in &^= windows.ENABLE_ECHO_INPUT
	if echo {
		s.in |= windows.ENABLE_ECHO_INPUT
	}
	return s
}

// dropTyped drops what has been typed and not been read.
func (t *tty) dropTyped() error { return windows.FlushConsoleInputBuffer(windows.Handle(t.in.Fd())) }

// readByte reads one byte. It reports false at the end: Ctrl-C or Ctrl-Z.
func (t *tty) readByte() (b byte, ok bool, err error) {
	var buf [1]byte
	n, err := t.in.Read(buf[:])
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return buf[0], n == 1, err
}

// waker does nothing: a console read cannot be interrupted from here, so there is nothing to wake.
type waker struct{}

func newWaker() (*waker, error)   { return &waker{}, nil }
func (w *waker) wake()            {}
func (w *waker) close()           {}
func (t *tty) await(*waker) error { return nil }
func (t *Terminal) watchStops()   {}
