package app

import (
	"errors"
	"io"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// OutputLost returns the error of an answer that could not be written in full. It says what
// is true now.
func (a *App) OutputLost(v View, err error) error {
	if a.Done == "" {
		return mfa.Errorf(mfa.Internal, "the output could not be written").
			WithHint("nothing was changed").WithCause(err)
	}
	e := mfa.Errorf(mfa.Unknown, "%s, but the output could not be written", a.Done).WithCause(err)
	if ErrorOf(err).Code == mfa.Cancelled {
		e = mfa.Errorf(mfa.Cancelled, "%s, but what it gave was not kept", a.Done).WithCause(err)
	}
	if v.Remedy != "" {
		return e.WithHint("%s", v.Remedy)
	}
	if v.Lossy {
		return e.WithHint("within 10 minutes, repeat the same command with --idempotency-key %s", a.key)
	}
	return e.WithHint("look at what is there before you repeat it")
}

// unread reports that the reader of the output has gone, which is no error if
// nothing was changed: "mfactl admin audit list | head".
func (a *App) unread(err error) bool { return a.Done == "" && errors.Is(err, syscall.EPIPE) }

// outlet remembers the first failed write, for those who do not look: cobra's
// help and completion scripts.
type outlet struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (o *outlet) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}
