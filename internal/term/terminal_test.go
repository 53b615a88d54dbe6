package term

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// testTerminal is a Terminal without terminal: streams into a buffer.
func testTerminal(out io.Writer, env map[string]string) *Terminal {
	if out == nil {
		out = io.Discard
	}
	return New(strings.NewReader(""), out, out, func(name string) string { return env[name] })
}

func TestOutputThatCannotBeWrittenIsKept(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here:", err)
	}
	t.Cleanup(func() { _ = full.Close() })
	for name, write := range map[string]func(*Terminal) error{
		"print": func(t *Terminal) error { return t.Print("x") },
		"data":  func(t *Terminal) error { _, err := t.Write([]byte("x")); return err },
	} {
		t.Run(name, func(t *testing.T) {
			term := testTerminal(full, nil)
			if err := term.Flush(); err != nil {
				t.Error("before any write:", err)
			}
			if err := write(term); err == nil {
				t.Error("the write reports nothing")
			}
			if err := term.Flush(); err == nil || !strings.HasPrefix(err.Error(), "write the output: ") {
				t.Error("Flush:", err)
			}
		})
	}
}

// halfWriter takes half of what it is given and says nothing.
type halfWriter struct{}

func (halfWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }

func TestAShortWriteIsAnError(t *testing.T) {
	term := testTerminal(halfWriter{}, nil)
	if err := term.Print("hello"); !errors.Is(err, io.ErrShortWrite) || !errors.Is(term.Flush(), io.ErrShortWrite) {
		t.Error(err, term.Flush())
	}
}

func TestSayIsSanitizedAndEndsItsLine(t *testing.T) {
	var b bytes.Buffer
	term := testTerminal(&b, nil)
	term.Say("mfactl: no user %s", "\x1b]0;owned\x07bob")
	term.SayAs(Bad, "no two\nlines\n")
	if want := "mfactl: no user \\x1b]0;owned\\x07bob\nno two\\x0alines\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestColorDependsOnTheEnvironmentAlone(t *testing.T) {
	for _, c := range []struct {
		term, noColor string
		want          bool
	}{
		{"xterm", "", true}, {"xterm-256color", "", true}, {"xterm", "1", false}, {"dumb", "", false}, {"", "", false},
	} {
		got := testTerminal(nil, map[string]string{"TERM": c.term, "NO_COLOR": c.noColor}).paint(Warning, "x\ny")
		if strings.Contains(got, "\x1b[") != c.want {
			t.Errorf("TERM=%s NO_COLOR=%s: %q", c.term, c.noColor, got)
		}
		if c.want && strings.Count(got, "\x1b[33m") != 2 {
			t.Errorf("each line carries its own color: %q", got)
		}
	}
}

func TestTheLocaleDecidesAboutBlocks(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE"}, false},
		{nil, defaultUTF8},
	} {
		if got := testTerminal(nil, c.env).UTF8(); got != c.want {
			t.Errorf("%v: %v", c.env, got)
		}
	}
}

func TestNoInputNamesItsReason(t *testing.T) {
	term := testTerminal(nil, nil)
	term.NoInput("--no-input")
	if term.CanPrompt() {
		t.Error("it can prompt all the same")
	}
	for name, ask := range map[string]func() error{
		"password": func() error { _, err := term.Password(t.Context(), "x"); return err },
		"line":     func() error { _, err := term.Line(t.Context(), "x"); return err },
		"confirm":  func() error { _, err := term.Confirm(t.Context(), "x"); return err },
		"choose":   func() error { _, err := term.Choose(t.Context(), "x", []string{"y"}); return err },
		"screen":   func() error { return term.Screen(t.Context(), func(*Screen) error { return nil }) },
	} {
		if err := ask(); !errors.Is(err, ErrNoPrompt) || !strings.Contains(err.Error(), "--no-input") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
