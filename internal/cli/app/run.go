package app

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// brokenPipe is what a shell reports of a process that SIGPIPE ended.
const brokenPipe = 128 + 13

// Run runs the command that args name in the tree of commands below root, and returns the
// exit status. After a command that met no error it calls refused, which returns the error
// if help was asked for and refused.
func (a *App) Run(root *cobra.Command, args []string, refused func() error) int {
	ctx := cmp.Or(a.Context, context.Background())
	a.Term = term.New(a.Out, a.Err, a.Env)
	a.Term.First = a.greet
	root.SetArgs(args)
	root.SetIn(a.In)
	out := &outlet{Writer: a.Out}
	root.SetOut(out)
	root.SetErr(a.Err)
	a.asJSON = wantsJSON(args, a.Env("MFACTL_OUTPUT"))
	cmd, err := a.execute(ctx, root)
	if err == nil {
		err = refused()
	}
	err = a.close(err)
	if err == nil && out.err != nil {
		err = a.OutputLost(View{}, out.err)
	}
	switch {
	case err == nil:
		return 0
	case a.unread(err):
		return brokenPipe
	}
	if a.Context != nil && a.Context.Err() != nil {
		err = interruptedInstead(err, context.Cause(a.Context))
	}
	return a.fail(cmd, err)
}

// execute runs the command. A panic becomes a fault like any other: its values
// and its stack are no message for the user, and might hold a secret.
func (a *App) execute(ctx context.Context, root *cobra.Command) (cmd *cobra.Command, err error) {
	defer func() {
		if p := recover(); p != nil {
			cmd, err = root, mfa.Fault(fmt.Errorf("panic: %T at %s", p, debug.Stack()))
		}
	}()
	return root.ExecuteContextC(ctx)
}
