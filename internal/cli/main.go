package cli

import (
	"io"
	"os"
	"time"

	"github.com/mfactl/mfactl/internal/cli/app"
)

// Main runs one command and returns the exit status.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	return Process(&app.App{In: in, Out: out, Err: err, Env: os.Getenv, Clock: time.Now}, args)
}

// Process runs one command as the only one of this process, which is then fit to hold secrets.
func Process(a *app.App, args []string) int {
	harden()
	return Run(a, args)
}

// Run runs one command.
func Run(a *app.App, args []string) int {
	root := newRoot(a, wantsAll(args))
	if completing(args) {
		completable(a, root)
	}
	return a.Run(root, args, guardHelp(root, args))
}
