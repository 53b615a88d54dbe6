// Package term is the terminal: streams, prompts, tables, QR codes, and the
// screen on which a secret is shown once.
//
// # The rules of the interface
//
// Standard output is data, standard error is talk. Questions go to the
// controlling terminal, so that all three streams may be redirected. Nothing is
// ever asked of the terminal itself: no query is sent whose answer might not
// come. Whatever is printed for people passes [Clean], wherever it came from.
// What must not stay is shown on the alternate screen, which is cleared before
// it is left. Meaning never hangs on colour alone. A signal at a question puts
// the terminal back as it was.
//
// # What it must never do
//
// Know what a factor or a session is, or decide anything.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"

	xterm "golang.org/x/term"
)

// Terminal is the terminal as one command sees it.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	env       func(string) string
	forbidden bool
	tty       string // where questions are asked
}

// New returns a terminal over three streams. It touches nothing: what they are
// is found out when it is asked for.
func New(in io.Reader, out, err io.Writer, env func(string) string) *Terminal {
	return &Terminal{In: in, Out: out, Err: err, env: env, tty: ttyPath}
}

// NoInput forbids questions.
func (t *Terminal) NoInput() { t.forbidden = true }

// CanPrompt reports whether questions may be asked: nothing forbids them and
// there is a terminal to ask on.
func (t *Terminal) CanPrompt() bool {
	if t.forbidden || truthy(t.env("CI")) || truthy(t.env("MFACTL_NO_INPUT")) {
		return false
	}
	f, err := os.OpenFile(t.tty, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// OutIsTerminal reports whether results go to a terminal.
func (t *Terminal) OutIsTerminal() bool { return isTerminal(t.Out) }

// ErrIsTerminal reports whether talk goes to a terminal.
func (t *Terminal) ErrIsTerminal() bool { return isTerminal(t.Err) }

// Size returns the columns and rows of the terminal, 80 by 24 where it does not
// say.
func (t *Terminal) Size() (cols, rows int) {
	f, err := os.OpenFile(t.tty, os.O_RDWR, 0)
	if err == nil {
		defer f.Close() //nolint:errcheck // only asked for its size
		cols, rows, err = xterm.GetSize(int(f.Fd()))
	}
	if err != nil || cols <= 0 || rows <= 0 {
		return 80, 24
	}
	return cols, rows
}

// Accessible reports that pictures and moving cursors are not wanted, or not to
// be had.
func (t *Terminal) Accessible() bool {
	if truthy(t.env("ACCESSIBLE")) {
		return true
	}
	name := t.env("TERM")
	return name == "" || name == "dumb" || strings.HasPrefix(name, "vt") && name < "vt100"
}

// UTF8 reports whether the locale can show block characters.
func (t *Terminal) UTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := t.env(name); v != "" {
			v = strings.ToUpper(v)
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return false
}

// Say writes one line of talk. Values are cleaned.
func (t *Terminal) Say(format string, args ...any) {
	_, _ = fmt.Fprintln(t.Err, CleanLines(fmt.Sprintf(format, args...)))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

func truthy(v string) bool { return v != "" && v != "0" && !strings.EqualFold(v, "false") }
