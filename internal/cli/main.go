// Package cli is the commands: it turns words into one request, gives it to a
// Service it cannot tell apart from another, and turns the reply into words.
//
// # From argv to exit
//
// Main makes an App and the command tree. A command reads its flags into a
// request, opens the Service when it first needs it (open.go), and prints the
// reply through one printer (output.go). Every error ends in one place
// (errors.go), which knows the exit status from the table of package mfa.
//
// # Decisions about speed
//
// Every library costs start time. The libraries for the terminal, the settings, SQLite and
// jq, linked but not used, take 1.7 times as long as a program with cobra alone, and --help
// takes 1.8 times as long ("go run ./internal/bench" measures both side by side). So no
// code of ours runs before main. The settings, the store and the key are opened when they
// are first used. Signals are watched from the first act on, because setting that up takes
// as long as a look-up.
//
// The commands below "admin" are created only if the command line may mean them. They are
// half of all commands, and creating them took as long as the rest of --help.
//
// # What it must never do
//
// Decide what only the engine may decide, take a secret from an argument, or
// write one where it was not asked to (secrets.go).
package cli

import (
	"io"
	"os"
	"time"
)

// Main runs one command and returns the exit status.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	return Process(&App{In: in, Out: out, Err: err, Env: os.Getenv, Clock: time.Now}, args)
}

// Process runs one command as the only one of this process, which is then fit to hold secrets.
func Process(a *App, args []string) int {
	harden()
	return Run(a, args)
}

// Run runs one command.
func Run(a *App, args []string) int {
	root := newRoot(a, wantsAll(args))
	if completing(args) {
		completable(a, root)
	}
	return a.run(root, args, guardHelp(root, args))
}
