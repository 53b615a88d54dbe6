package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// wholeIndent stands before what is to be copied.
const wholeIndent = "    "

// Screen shows what is to be seen once: a key, codes. On the alternate screen
// it stands until it is left, and is then erased line by line. Nothing on it ever
// scrolls: some terminals keep what scrolls out of sight, or what is cleared
// all at once.
//
// Where only plain lines may be written, or KeepOnScreen is set, the lines are
// written one after the other and stay.
type Screen struct {
	h   *hold
	alt bool

	cols, rows int
	row        int    // where the next line goes, from 1
	left       int    // and in which column, from 1
	drawn      string // all that stands there, to draw it again
	err        error  // the first thing that went wrong
}

// Screen runs f with a screen and leaves it on every way out: return, panic,
// signal, end of the context. It returns ErrNoPrompt where there is no
// terminal, Interrupted after a signal, else what f returns or what went wrong
// in showing. After a signal the screen is left at once, even before f returns:
// what f prints is dropped and what it asks is answered with Interrupted.
func (t *Terminal) Screen(ctx context.Context, f func(s *Screen) error) (err error) {
	h, err := t.seize(ctx)
	if err != nil {
		return err
	}
	s := &Screen{h: h, alt: !t.Accessible() && !t.KeepOnScreen, row: 1, left: 1}
	s.cols, s.rows = h.tty.size()
	t.mu.Lock()
	t.screen = s
	t.mu.Unlock()
	defer func() {
		if end := h.release(); end != nil {
			err = end
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		_, _ = io.WriteString(t.Err, t.held)
		t.screen, t.held = nil, ""
	}()
	h.mu.Lock()
	h.screen = s
	h.mu.Unlock()
	h.resume("")
	if err = f(s); err == nil {
		err = s.err
	}
	return err
}

// enter is what takes a terminal to the alternate screen with all that is drawn.
func (s *Screen) enter() string { return "\x1b[?1049h" + s.wipe() + s.drawn }

// leave is what takes it back, with nothing left behind.
func (s *Screen) leave() string { return s.wipe() + "\x1b[?1049l" }

// wipe erases line by line, in place. "Erase all" (ESC [2J) would not do: some
// terminals push the screen into their history before they clear it.
func (s *Screen) wipe() string {
	_, rows := s.h.tty.size() // of now; it may have changed
	var b strings.Builder
	b.WriteString("\x1b[0m")
	for row := range max(rows, s.rows) {
		fmt.Fprintf(&b, "\x1b[%d;1H\x1b[2K", row+1)
	}
	b.WriteString("\x1b[H")
	return b.String()
}

// Print shows one line, sanitized and broken to fit.
func (s *Screen) Print(format string, args ...any) {
	text := Clean(strings.TrimSuffix(fmt.Sprintf(format, args...), "\n"))
	for _, line := range wrap([]string{text}, s.cols-s.left+1) {
		if s.alt && s.row > s.rows-2 { // the question must stand below
			s.more()
		}
		s.put(line)
	}
}

// Whole shows a text that is to be copied as it stands: a little to the right where
// there is room, else from the margin on. What is wider than the terminal is not
// broken: a terminal that breaks a line itself copies it as one.
func (s *Screen) Whole(text string) {
	text = Clean(text)
	width := lipgloss.Width(text)
	if s.left > 1 || len(wholeIndent)+width <= s.cols {
		s.Print("%s%s", wholeIndent, text)
		return
	}
	rows := (width + s.cols - 1) / s.cols
	if s.alt && s.row > 1 && s.row+rows-1 > s.rows-2 {
		s.more()
	}
	s.put(text)
	s.row += rows - 1
}

// Draw shows a picture with its text under it or, where height is short, beside
// it; then whatever follows stands there too. It begins at the top. It returns
// ErrQRNoFit, having shown nothing, where there is no room.
func (s *Screen) Draw(p Picture, text ...string) error {
	if p.Empty() {
		for _, line := range text {
			s.Print("%s", line)
		}
		return s.err
	}
	l, ok := arrange(p, text, s.cols, s.rows)
	if !ok {
		return fmt.Errorf("%w with its text", ErrQRNoFit)
	}
	s.Clear()
	for _, line := range l.lines {
		s.put(line)
	}
	s.left = l.left + 1
	s.row = l.next + 1
	return s.err
}

// Err returns the error after which nothing can be shown or asked any more, or nil.
func (s *Screen) Err() error { return s.err }

// DropTyped drops what was typed and not read yet, because it was typed before this screen
// was visible.
func (s *Screen) DropTyped() { s.do("drop what was typed ahead", (*tty).dropTyped) }

// Erases reports whether Clear empties the screen. If it does not, everything that was
// printed is still there.
func (s *Screen) Erases() bool { return s.alt }

// Clear empties the screen. Where lines stay, it does nothing.
func (s *Screen) Clear() {
	s.h.mu.Lock()
	s.drawn, s.row, s.left = "", 1, 1
	s.h.mu.Unlock()
	if s.alt {
		s.print(s.wipe())
	}
}

// Line asks for a line that may be seen, under what was printed last.
func (s *Screen) Line(prompt string) (string, error) { return s.ask(prompt, true) }

// ask implements dialog. The last row is never used: Enter there would scroll. An answer that
// is too long does not end the screen.
func (s *Screen) ask(prompt string, echo bool) (string, error) {
	prompt = Clean(prompt)
	if s.alt {
		if s.row > s.rows-1 {
			s.more()
		}
		prompt = fmt.Sprintf("\x1b[%d;%dH", s.row, s.left) + prompt
		s.row++
	}
	if s.err != nil {
		return "", s.err
	}
	answer, err := s.h.question(prompt, echo)
	if err != nil && s.err == nil && !errors.Is(err, errLongAnswer) {
		s.err = err
	}
	return answer, err
}

// say implements dialog.
func (s *Screen) say(line string) { s.Print("%s", line) }

// more lets a full screen be read before it is used again. Any line turns the page, also one
// that is too long for an answer.
func (s *Screen) more() {
	if s.err == nil {
		prompt := fmt.Sprintf("\x1b[%d;%dH\x1b[2KEnter for more: ", max(s.rows-1, 1), 1)
		if _, err := s.h.question(prompt, true); !errors.Is(err, errLongAnswer) {
			s.err = err
		}
	}
	s.Clear()
}

// put shows one line that fits and has been sanitized.
func (s *Screen) put(line string) {
	if s.alt {
		line = fmt.Sprintf("\x1b[%d;%dH%s", s.row, s.left, line)
	} else {
		line += "\n"
	}
	s.row++
	s.h.mu.Lock()
	s.drawn += line
	s.h.mu.Unlock()
	s.print(line)
}

// print writes to the terminal.
func (s *Screen) print(text string) {
	s.do("write to the terminal", func(t *tty) error { return t.print(text) })
}

// do acts on the terminal unless the hold is over, and keeps the first error.
func (s *Screen) do(what string, act func(*tty) error) {
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.h.over != nil || s.h.gone {
		return
	}
	if err := act(s.h.tty); err != nil && s.err == nil {
		s.err = fmt.Errorf("%s: %w", what, err)
	}
}
