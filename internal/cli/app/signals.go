package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/mfactl/mfactl/internal/term"
)

// WithSignals returns a context that the first ending signal cancels ([term.NotifyEnd]); the
// second one ends the process at once. If the output is closed, the exit status still says what
// is true now. The first command that changes something or asks for a sign-in calls it. A
// command that only reads ends as the system ends it, because watching signals takes as long
// as a look-up. The signals in ignored have no effect, and SIGPIPE has none.
func (a *App) WithSignals(ctx context.Context, ignored ...os.Signal) context.Context {
	if a.Context != nil {
		return a.Context
	}
	signal.Ignore(append(ignored, syscall.SIGPIPE)...)
	signals := make(chan os.Signal, 2)
	term.NotifyEnd(signals)
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		cancel(term.Interrupted{Signal: <-signals})
		signal.Stop(signals)
	}()
	a.Context = ctx
	return ctx
}
