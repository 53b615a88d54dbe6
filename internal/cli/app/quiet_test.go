package app

import (
	"bytes"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/term"
)

// quiet is an App whose output is kept; it has no store and no terminal.
func quiet(format, filter string) (*App, *bytes.Buffer, *bytes.Buffer) {
	var out, talk bytes.Buffer
	env := func(string) string { return "" }
	a := &App{
		In: strings.NewReader(""), Out: &out, Err: &talk, Env: env, key: "0123456789abcdef",
		Clock:  func() time.Time { return time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC) },
		Config: &config.Config{Output: format},
	}
	a.Term = term.New(a.Out, a.Err, env)
	a.Term.NoInput("a test")
	a.Flags.jq = filter
	return a, &out, &talk
}

// with is an App with an environment.
func with(env map[string]string) *App {
	a, _, _ := quiet("table", "")
	a.Env = func(name string) string { return env[name] }
	return a
}

// hostile is a name that would color, retitle and turn around a terminal, and
// that a spreadsheet would execute.
const hostile = "=1\x1b[31m\u009b2J\u202e"

// forged is a name that would be a line of ours, and a command to who runs a job.
const forged = "bob\nmfactl: forged\r\n::stop-commands::x"
