package cli_test

import (
	"errors"
	"io/fs"
	"os"

	"github.com/mfactl/mfactl/internal/cli"
	"github.com/mfactl/mfactl/internal/cli/app"
)

// program is one run of mfactl, with what a test gives it in place of what the system has.
// This file alone knows how a run begins.
type program = app.App

// run runs a command in this process and returns its exit status.
func run(p *program, args ...string) int { return cli.Run(p, args) }

// process runs a command as the only one of its process, as the program that is shipped does.
func process(p *program, args []string) int { return cli.Process(p, args) }

// What the screen of a secret says.
const secretPrompt = "[s]ave to a file, [c]opy, [d]one? "

// secretWords is what the screen of a secret explains.
func secretWords() []string {
	return []string{
		"s, save: write to a new file that only you can read; asks for its name",
		"c, copy: send to the clipboard of this terminal, if it allows that",
		"d, done: clear this screen and leave",
	}
}

// formats are the forms of output.
func formats() []string { return []string{"table", "json", "jsonl", "yaml", "csv", "name"} }

// hostile is a name that would color, retitle and turn around a terminal, and
// that a spreadsheet would execute.
const hostile = "=1\x1b[31m\u009b2J\u202e"

// forged is a name that would be a line of ours, and a command to a program that runs a job.
const forged = "bob\nmfactl: forged\r\n::stop-commands::x"

// there reports whether there is something at a path.
func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}
