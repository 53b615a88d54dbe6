package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// errorReport is an error in JSON mode.
type errorReport struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Code       mfa.Code   `json:"code"`
	Message    string     `json:"message"`
	Hint       string     `json:"hint,omitempty"`
	Field      string     `json:"field,omitempty"`
	RetryAt    *time.Time `json:"retry_at,omitempty"`
	ExitCode   int        `json:"exit_code"`
}

// fail prints an error and returns its exit status.
func (a *App) fail(cmd *cobra.Command, err error) int {
	e := told(err)
	status := exitStatus(e, err)
	message := e.Error()
	if e.Field != "" {
		message = e.Field + ": " + message
	}
	if a.flags.verbose && e.Cause != nil {
		a.term.Say("mfactl: cause: %v", e.Cause)
	}
	if a.asJSON {
		r := errorReport{
			APIVersion: apiVersion, Kind: "Error", Code: e.Code, Message: term.Clean(message),
			Hint: term.Clean(e.HintText()), Field: e.Field, ExitCode: status,
		}
		if !e.RetryAt.IsZero() {
			r.RetryAt = &e.RetryAt
		}
		b, _ := json.Marshal(r)
		_, _ = fmt.Fprintln(a.Err, string(b))
		return status
	}
	if a.doing != "" && cmd != nil {
		message = "cannot " + a.doing + ": " + message
	}
	a.term.Say("mfactl: %s", message)
	if !e.RetryAt.IsZero() {
		a.term.Say("mfactl: try again %s", a.people(e.RetryAt))
	}
	if hint := e.HintText(); hint != "" {
		a.term.Say("mfactl: hint: %s", hint)
	}
	return status
}

// told turns any error into one of the table.
func told(err error) *mfa.Error {
	var e *mfa.Error
	var i term.Interrupted
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &i), errors.Is(err, context.Canceled):
		return &mfa.Error{Code: mfa.Cancelled}
	case errors.Is(err, term.ErrNoPrompt):
		return mfa.Errorf(mfa.Usage, "there is no terminal to ask on").WithCause(err)
	}
	return mfa.AsError(err)
}

// exitStatus is the table's, or for a signal 128 and its number.
func exitStatus(e *mfa.Error, err error) int {
	if i, is := errors.AsType[term.Interrupted](err); is {
		if s, ok := i.Signal.(syscall.Signal); ok && i.Signal != os.Interrupt {
			return 128 + int(s)
		}
	}
	return e.Code.Facts().Exit
}

// interruptedInstead puts the signal in place of an error that only says that
// the work was cancelled.
func interruptedInstead(err, cause error) error {
	if e := told(err); e.Code == mfa.Cancelled && e.Message == "" {
		return cause
	}
	return err
}

// people writes a time as people read it: local with the offset, UTC, and how
// far away.
func (a *App) people(t time.Time) string {
	local := t.Local()
	text := local.Format("Mon 2 Jan 15:04 MST")
	if _, offset := local.Zone(); offset != 0 {
		text += t.UTC().Format(" (15:04 UTC, ") + a.away(t) + ")"
	} else {
		text += " (" + a.away(t) + ")"
	}
	return text
}

// away writes how far a time is from now.
func (a *App) away(t time.Time) string {
	d := t.Sub(a.Clock())
	past := d < 0
	if past {
		d = -d
	}
	var text string
	switch {
	case d < 90*time.Second:
		text = plural(int((d+time.Second/2)/time.Second), "second")
	case d < 90*time.Minute:
		text = plural(int((d+time.Minute/2)/time.Minute), "minute")
	case d < 36*time.Hour:
		text = fmt.Sprintf("%d h", int((d+time.Hour/2)/time.Hour))
	default:
		text = plural(int((d+12*time.Hour)/(24*time.Hour)), "day")
	}
	if past {
		return text + " ago"
	}
	return "in " + text
}
