package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Questions are asked on the controlling terminal, one line each. While one
// waits, a signal puts the terminal back as it was; after a stop (ctrl-Z) the
// question is asked again. The end of input is taken for ctrl-C.

// ErrNoPrompt says that there is nobody to ask.
var ErrNoPrompt = errors.New("no terminal to ask on")

// Interrupted says which signal ended a question.
type Interrupted struct{ Signal os.Signal }

// Error implements error.
func (i Interrupted) Error() string { return "interrupted by " + i.Signal.String() }

// maxLine bounds an answer in bytes; the kernel's own bound is 4096.
const maxLine = 4096

// Password asks without echo.
func (t *Terminal) Password(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, "", prompt+": ", false)
}

// Line asks with echo.
func (t *Terminal) Line(ctx context.Context, prompt string) (string, error) {
	s, err := t.ask(ctx, "", prompt+": ", true)
	return strings.TrimSpace(s), err
}

// Confirm asks yes or no; anything but y or yes is no.
func (t *Terminal) Confirm(ctx context.Context, question string) (bool, error) {
	s, err := t.ask(ctx, "", question+" [y/N] ", true)
	s = strings.ToLower(strings.TrimSpace(s))
	return s == "y" || s == "yes", err
}

// Choose asks for one of several and returns its index. What is none of them
// is asked again.
func (t *Terminal) Choose(ctx context.Context, question string, choices []string) (int, error) {
	var b strings.Builder
	for i, c := range choices {
		fmt.Fprintf(&b, "  %d) %s\n", i+1, Clean(c))
	}
	for {
		s, err := t.ask(ctx, b.String(), fmt.Sprintf("%s [1-%d] ", question, len(choices)), true)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n >= 1 && n <= len(choices) {
			return n - 1, nil
		}
	}
}

// ask opens the terminal for one question.
func (t *Terminal) ask(ctx context.Context, above, prompt string, echo bool) (string, error) {
	if !t.CanPrompt() {
		return "", ErrNoPrompt
	}
	tty, err := openTTY(t.tty)
	if err != nil {
		return "", ErrNoPrompt
	}
	defer tty.close()
	tty.redraw = func() string { return CleanLines(above) }
	return tty.ask(ctx, Clean(prompt), echo)
}
