package term

import (
	"context"
	"strings"
)

// Screen is the terminal while something is shown that must not stay: the
// alternate screen, cleared before it is left. Where that is not to be had, or
// not wanted, it is plain lines, and whoever shows a secret has been told so.
type Screen struct {
	tty   *tty
	text  strings.Builder
	plain bool
}

// Sequences of the alternate screen: enter, clear and home; clear, home and
// leave.
const (
	enterScreen = "\x1b[?1049h\x1b[2J\x1b[H"
	leaveScreen = "\x1b[2J\x1b[H\x1b[?1049l"
)

// Screen shows f's text and leaves the terminal as it was on every way out.
// keep shows it on the ordinary screen, where it stays.
func (t *Terminal) Screen(ctx context.Context, keep bool, f func(context.Context, *Screen) error) error {
	if !t.CanPrompt() {
		return ErrNoPrompt
	}
	tty, err := openTTY(t.tty)
	if err != nil {
		return ErrNoPrompt
	}
	defer tty.close()
	s := &Screen{tty: tty, plain: keep || t.Accessible()}
	if !s.plain {
		tty.enter, tty.leave = enterScreen, leaveScreen
		if err := tty.write(enterScreen); err != nil {
			return err
		}
		defer func() { _ = tty.write(leaveScreen) }()
	}
	return f(ctx, s)
}

// Print shows a text, which may hold the escapes of a picture and must be clean
// otherwise.
func (s *Screen) Print(text string) error {
	s.text.WriteString(text)
	return s.tty.write(text)
}

// Clear empties the screen; plain lines stay.
func (s *Screen) Clear() error {
	s.text.Reset()
	if s.plain {
		return nil
	}
	return s.tty.write("\x1b[2J\x1b[H")
}

// Line asks below what is shown.
func (s *Screen) Line(ctx context.Context, prompt string) (string, error) {
	first := true
	s.tty.redraw = func() string {
		if first {
			first = false
			return ""
		}
		return s.text.String() // after a stop everything is drawn again
	}
	line, err := s.tty.ask(ctx, Clean(prompt)+": ", true)
	return strings.TrimSpace(line), err
}
