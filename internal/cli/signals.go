package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/mfactl/mfactl/internal/term"
)

// heed returns a context that an ending signal cancels ([term.NotifyEnd]); a second one ends
// the process at once. If the output is closed, the exit status still says what is true now.
// heed is called by the first command that changes something or asks for a sign-in: a command
// that only reads may end as the system ends it, and watching signals takes as long as a
// look-up. It ignores the signals that it is given, and SIGPIPE.
func (a *App) heed(ctx context.Context, ignored ...os.Signal) context.Context {
	if a.heeded != nil {
		return a.heeded
	}
	signal.Ignore(append(ignored, syscall.SIGPIPE)...)
	signals := make(chan os.Signal, 2)
	term.NotifyEnd(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		cancel(term.Interrupted{Signal: <-signals})
		signal.Stop(signals)
	}()
	a.heeded = ctx
	return ctx
}
