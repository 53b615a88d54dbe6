package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// resetWay is how a reset comes about: by the caller alone, by a second person,
// or by break-glass.
type resetWay struct {
	request    bool
	breakGlass bool
}

func (w *resetWay) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.request, "request", false, "file it for a second administrator to approve within an hour")
	cmd.Flags().BoolVar(&w.breakGlass, "break-glass", false, "without signing in, on a store of your own; every administrator is told")
}

// check refuses what does not go together, before anything is asked.
func (w *resetWay) check(a *App, f *userCommandFlags) error {
	switch {
	case w.request && w.breakGlass:
		return mfa.UsageError("--break-glass", "given together with --request")
	case !w.breakGlass && f.typed.given() && a.tokenFrom() != "":
		return mfa.UsageError("--password-file", "a token is given, which acts without a password")
	case !w.breakGlass:
		return nil
	case f.reason == "":
		return mfa.UsageError("--reason", "missing: break-glass is never done without one")
	case f.typed.given():
		return mfa.UsageError("--password-file", "break-glass asks for no password")
	}
	if _, err := a.storePlace(); err != nil {
		return ofFlag("--break-glass", err)
	}
	a.term.Say("mfactl: warning: break-glass: nobody is signed in; this is recorded as you on this host, and every administrator is told")
	return nil
}

// ofFlag names the flag that is at fault for an error of usage that names none.
func ofFlag(flag string, err error) error {
	e := *told(err)
	if e.Code == mfa.Usage && e.Field == "" {
		e.Field = flag
	}
	return &e
}

// confirm asks where the password does not confirm it: break-glass and a token
// have none, and an administrator is named.
func (w *resetWay) confirm(ctx context.Context, a *App, target mfa.UserInfo) error {
	if w.breakGlass || target.Privileged {
		return sureName(ctx, a, target.Email)
	}
	return a.sure(ctx, a.tokenFrom() == "", "Reset the 2FA of "+target.Email+"?")
}

// direct calls a method of the engine on the opened store without a session, for the owner
// of the store or root. It is callFor without a service.
func direct[R any](
	ctx context.Context, a *App, name, user string, method func(*engine.Engine, context.Context, mfa.BreakGlassRequest) (R, error), req mfa.BreakGlassRequest,
) (out R, _ error) {
	p, err := a.storePlace()
	if err != nil {
		return out, err
	}
	l, err := a.open(ctx)
	if err != nil {
		return out, err
	}
	info, err := os.Stat(p.store)
	if err != nil {
		return out, mfa.Errorf(mfa.Unavailable, "the store cannot be looked at").WithCause(err)
	}
	if uid, known := ownerOf(info); known && uid != os.Geteuid() && os.Geteuid() != 0 {
		return out, mfa.Errorf(mfa.Forbidden, "break-glass is for the owner of the store and for root")
	}
	return method(l.engine, a.callContext(ctx, name, user, mfa.Secret{}), req)
}

// requestID is the id of a request that was filed, if one was.
func requestID(r *mfa.RequestInfo) string {
	if r == nil {
		return ""
	}
	return r.ID
}

// sayFiled tells of a request that waits for a second person.
func sayFiled(a *App, r mfa.RequestInfo, changed, dry bool) string {
	if dry {
		return line("%s: %s would be filed for a second administrator", r.Target, r.Act)
	}
	text := "filed"
	if !changed {
		text = "waits already"
	}
	return line("%s: %s %s as request %s, until %s", r.Target, r.Act, text, r.ID, a.people(r.ExpiresAt)) +
		line("A second administrator decides: mfactl admin requests approve %s", r.ID)
}
