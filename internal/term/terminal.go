package term

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	xterm "golang.org/x/term"
)

// Terminal is the terminal as one command sees it. Out carries results and
// nothing else, Err carries talk; questions go to the controlling terminal
// itself, so that the streams may be redirected.
type Terminal struct {
	Out, Err io.Writer

	// KeepOnScreen makes Screen print on the ordinary screen and leave it there.
	KeepOnScreen bool

	// First, if there is one, runs once, before the first question on the bare
	// terminal. The line it returns is put above the question, on the terminal alone;
	// its error is that of the question, which is then not put.
	First func(ctx context.Context) (line string, _ error)

	env       func(string) string
	forbidden string // why prompts are forbidden, or ""

	mu     sync.Mutex
	screen *Screen // the one that is up, or nil
	held   string  // what was said meanwhile
	hold   *hold   // of the controlling terminal, or nil
	stops  sync.Once
}

// New makes a Terminal of two streams and an environment. It touches
// nothing: whether a stream is a terminal is found out when it matters.
func New(out, err io.Writer, env func(string) string) *Terminal {
	return &Terminal{Out: out, Err: err, env: env}
}

// NoInput forbids prompts. The reason, "--no-input" for one, stands in the
// error of a prompt that was tried all the same.
func (t *Terminal) NoInput(reason string) { t.forbidden = cmp.Or(reason, "prompts are forbidden") }

// noPrompt says why nothing may be asked, or "".
func (t *Terminal) noPrompt() string {
	switch {
	case t.forbidden != "":
		return t.forbidden
	case isSet(t.env("MFACTL_NO_INPUT")):
		return "MFACTL_NO_INPUT is set"
	case isSet(t.env("CI")):
		return "CI is set"
	}
	return ""
}

// CanPrompt reports whether a question can be asked: nothing forbids it and
// the process has a controlling terminal.
func (t *Terminal) CanPrompt() bool {
	if t.noPrompt() != "" {
		return false
	}
	tty, err := openTTY()
	if err != nil {
		return false
	}
	tty.close()
	return true
}

// OutIsTerminal reports whether results are read by a person.
func (t *Terminal) OutIsTerminal() bool {
	f, ok := t.Out.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Size returns the width and height of the controlling terminal in cells, or
// 80 by 24 if there is no terminal or it does not say.
func (t *Terminal) Size() (cols, rows int) {
	tty, err := openTTY()
	if err != nil {
		return 80, 24
	}
	defer tty.close()
	return tty.size()
}

// Accessible reports whether only plain lines may be written: no pictures, no
// cursor movement, no alternate screen. ACCESSIBLE=1 asks for that, and a
// terminal that has no alternate screen leaves nothing else.
func (t *Terminal) Accessible() bool {
	plain := []string{"", "dumb", "unknown", "linux", "ansi", "cons25", "emacs", "vt52", "vt100", "vt102", "vt220"}
	return isSet(t.env("ACCESSIBLE")) || slices.Contains(plain, t.termName())
}

// termName is TERM; the console of Windows sets none and needs none.
func (t *Terminal) termName() string {
	if name := t.env("TERM"); name != "" {
		return name
	}
	return defaultTerm
}

// UTF8 reports whether the locale's characters are UTF-8, so that blocks can
// be drawn. LC_ALL stands over LC_CTYPE over LANG; none is the C locale.
func (t *Terminal) UTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(t.env(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return defaultUTF8
}

// isSet reads a yes from the environment: anything but "", "0" and "false".
func isSet(value string) bool {
	return value != "" && value != "0" && !strings.EqualFold(value, "false")
}

// Say writes one line of talk to Err, sanitized: a name in it makes no second one.
// What is said while a Screen is up appears when it has been left.
func (t *Terminal) Say(format string, args ...any) {
	text := Clean(strings.TrimSuffix(fmt.Sprintf(format, args...), "\n")) + "\n"
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.screen != nil {
		t.held += text
		return
	}
	_, _ = io.WriteString(t.Err, text) // who cannot be talked to cannot be told so
}
