package term

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// testTerminal is a Terminal without terminal: streams into a buffer.
func testTerminal(out io.Writer, env map[string]string) *Terminal {
	if out == nil {
		out = io.Discard
	}
	return New(out, out, func(name string) string { return env[name] })
}

func TestSayIsSanitizedAndEndsItsLine(t *testing.T) {
	var b bytes.Buffer
	term := testTerminal(&b, nil)
	term.Say("mfactl: no user %s", "\x1b]0;owned\x07bob")
	term.Say("no two\nlines\n")
	if want := "mfactl: no user \\x1b]0;owned\\x07bob\nno two\\x0alines\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestBoldDependsOnTheEnvironmentAlone(t *testing.T) {
	for _, c := range []struct {
		term, noColor string
		want          bool
	}{
		{"xterm", "", true}, {"xterm-256color", "", true}, {"xterm", "1", false}, {"dumb", "", false}, {"", "", false},
	} {
		got := testTerminal(nil, map[string]string{"TERM": c.term, "NO_COLOR": c.noColor}).bold("x")
		if strings.HasPrefix(got, "\x1b[1m") != c.want {
			t.Errorf("TERM=%s NO_COLOR=%s: %q", c.term, c.noColor, got)
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
		"screen":   func() error { return term.Screen(t.Context(), func(*Screen) error { return nil }) },
	} {
		if err := ask(); !errors.Is(err, ErrNoPrompt) || !strings.Contains(err.Error(), "--no-input") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
