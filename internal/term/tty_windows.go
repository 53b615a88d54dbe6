package term

import (
	"bufio"
	"context"
	"os"
	"strings"

	xterm "golang.org/x/term"
)

// ttyPath is the console's input.
const ttyPath = "CONIN$"

// tty is the console while it is talked to.
type tty struct {
	in, out      *os.File
	redraw       func() string
	enter, leave string
}

func openTTY(path string) (*tty, error) {
	in, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		_ = in.Close()
		return nil, err
	}
	return &tty{in: in, out: out, redraw: func() string { return "" }}, nil
}

func (t *tty) close() {
	_ = t.in.Close()
	_ = t.out.Close()
}

func (t *tty) write(s string) error {
	_, err := t.out.WriteString(s)
	return err
}

// ask asks one question.
func (t *tty) ask(_ context.Context, prompt string, echo bool) (string, error) {
	if err := t.write(t.redraw() + prompt); err != nil {
		return "", err
	}
	if !echo {
		b, err := xterm.ReadPassword(int(t.in.Fd()))
		_ = t.write("\n")
		if err != nil {
			return "", Interrupted{os.Interrupt}
		}
		return string(b), nil
	}
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil {
		return "", Interrupted{os.Interrupt}
	}
	return strings.TrimRight(line, "\r\n"), nil
}
