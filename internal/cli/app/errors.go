package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// errorReport is an error in JSON mode.
type errorReport struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Code       mfa.Code  `json:"code"`
	Message    string    `json:"message"`
	Hint       string    `json:"hint,omitempty"`
	Field      string    `json:"field,omitempty"`
	RetryAt    time.Time `json:"retry_at,omitzero"`
	RequestID  string    `json:"request_id,omitempty"` // of a fault: what to look for in the audit trail
	ExitCode   int       `json:"exit_code"`
}

// fail prints an error and returns its exit status.
func (a *App) fail(cmd *cobra.Command, err error) int {
	e := inWordsOf(cmd, a.tokenEnded(withRetryHint(a, ErrorOf(err))))
	status := exitStatus(e, err)
	message := WithField(e)
	logCause(a, e)
	request := cmp.Or(e.RequestID, a.request)
	if e.Code == mfa.Internal && request != "" && !a.asJSON {
		message += " (request " + request + ")"
	}
	if a.asJSON {
		r := errorReport{
			APIVersion: apiVersion, Kind: "Error", Code: e.Code, Message: message,
			Hint: a.Hint(e.HintText()), Field: e.Field, RetryAt: e.RetryAt.UTC(), ExitCode: status,
		}
		if e.Code == mfa.Internal {
			r.RequestID = request
		}
		b, _ := json.Marshal(r)
		_, _ = fmt.Fprintln(a.Err, string(term.CleanJSON(b)))
		return status
	}
	if a.Doing != "" && cmd != nil {
		message = "cannot " + a.Doing + ": " + message
	}
	a.Term.Say("mfactl: %s", message)
	if !e.RetryAt.IsZero() {
		a.Term.Say("mfactl: try again %s", a.TimeInWords(e.RetryAt))
	}
	if hint := a.Hint(e.HintText()); hint != "" {
		a.Term.Say("mfactl: hint: %s", hint)
	}
	return status
}

// WithField is the text of an error after the name of the field that is wrong, if it is of one.
func WithField(e *mfa.Error) string {
	if e.Field == "" {
		return e.Error()
	}
	return e.Field + ": " + e.Error()
}

// inWordsOf names what is wrong as the person who typed the command knows it: the flag, and
// not the field of the request that it became, and the page of help of that command.
func inWordsOf(cmd *cobra.Command, e *mfa.Error) *mfa.Error {
	if e.Code != mfa.Usage || cmd == nil || !cmd.HasParent() {
		return e
	}
	c := *e
	c.Field = flagOf(cmd, e.Field)
	if c.Hint == "" {
		c.Hint = cmd.CommandPath() + " --help"
	}
	return &c
}

// flagOf names the flag that gave a field of a request. Only one that was given can be
// at fault; a field that came from elsewhere keeps its name.
func flagOf(cmd *cobra.Command, field string) string {
	name := strings.ReplaceAll(field, "_", "-")
	flags := []string{name, name + "-file", name + "-stdin"}
	if field == "permission" {
		flags = append(flags, "allow")
	}
	for _, flag := range flags {
		if f := cmd.Flags().Lookup(flag); f != nil && f.Changed {
			return "--" + flag
		}
	}
	return field
}

// withRetryHint names the key under which the truth can be had, where an error leaves it
// open.
func withRetryHint(a *App, e *mfa.Error) *mfa.Error {
	if e.Code != mfa.Unknown || e.Hint != "" || a.key == "" {
		return e
	}
	return e.WithHint("within 10 minutes, repeat the same command with --idempotency-key %s", a.key)
}

// logCause tells with -v what lies behind an error. The handler quotes what
// would steer a terminal, and a Secret shows itself to nobody.
func logCause(a *App, e *mfa.Error) {
	if !a.Flags.Verbose || e.Cause == nil {
		return
	}
	log := slog.New(slog.NewTextHandler(a.Err, nil))
	log.Error("failed", "code", e.Code, "request_id", a.request, "cause", term.Clean(mfa.Trace(e.Cause)))
}

// wantsJSON reports whether errors are to be JSON before the flags are known to
// be right: the last -o counts, else the environment.
func wantsJSON(args []string, env string) bool {
	format := env
	for i, arg := range args {
		if arg == "--" {
			break
		}
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		switch {
		case arg == "-o" || arg == "--output":
			format = next
		case strings.HasPrefix(arg, "--output="):
			format = strings.TrimPrefix(arg, "--output=")
		case strings.HasPrefix(arg, "-o"):
			format = strings.TrimPrefix(arg[2:], "=")
		}
	}
	return format == "json" || format == "jsonl"
}

// ErrorOf turns any error into one of the table.
func ErrorOf(err error) *mfa.Error {
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
	if e := ErrorOf(err); e.Code == mfa.Cancelled && e.Message == "" {
		return cause
	}
	return err
}

// Hint is a remedy as it can be typed: a command of ours goes to the place that this
// call was sent to by flags, and not to the one where the next would go without them.
func (a *App) Hint(text string) string {
	rest, ours := strings.CutPrefix(text, "mfactl ")
	command, _, _ := strings.Cut(rest, " ")
	if !ours || command == "context" || command == "help" || command == "version" || strings.HasSuffix(text, " --help") {
		return text
	}
	return "mfactl " + placeFlags(a) + rest
}

// placeFlags are the flags that named the place, each with a blank behind it. None where
// a URL may hold a password: it is not written once more.
func placeFlags(a *App) string {
	var b strings.Builder
	for _, f := range [][2]string{
		{"--context", a.Flags.Context}, {"--server", a.Flags.Server}, {"--ca-file", a.Flags.CAFile}, {"--store", a.Flags.Store},
	} {
		switch name, value := f[0], f[1]; {
		case strings.Contains(value, "://") && strings.Contains(value, "@"):
			return ""
		case value != "":
			b.WriteString(name + " " + mfa.ShellWord(value) + " ")
		}
	}
	return b.String()
}
