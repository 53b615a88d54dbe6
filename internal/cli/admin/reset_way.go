package admin

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// resetWay is how a reset comes about: by the caller alone, by a second person,
// or by break-glass.
type resetWay struct {
	request bool
	glass
}

// glass is the choice of break-glass: the act is done on the opened store, and nobody is
// signed in.
type glass struct{ breakGlass bool }

func (g *glass) flag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&g.breakGlass, "break-glass", false, "without signing in, on a store of your own; every administrator is told")
}

// check refuses what break-glass lacks or does not need, and warns.
func (g *glass) check(a *app.App, reason string) error {
	switch {
	case !g.breakGlass:
		return nil
	case reason == "":
		return mfa.UsageError("--reason", "missing: break-glass is never done without one")
	}
	if _, err := a.StorePlace(); err != nil {
		return ofFlag("--break-glass", err)
	}
	a.Term.Say("mfactl: warning: break-glass: nobody is signed in; this is recorded as you on this host, and every administrator is told")
	return nil
}

// confirm has the address typed at break-glass, and else asks as the command does by itself.
func (g *glass) confirm(ctx context.Context, a *app.App, user string, otherwise func() error) error {
	if g.breakGlass {
		return app.ConfirmName(ctx, a, user)
	}
	return otherwise()
}

func (w *resetWay) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.request, "request", false, "file it for a second administrator to approve within an hour")
	w.flag(cmd)
}

// check refuses what does not go together, before anything is asked.
func (w *resetWay) check(a *app.App, f *app.UserCommandFlags) error {
	switch {
	case w.request && w.breakGlass:
		return mfa.UsageError("--break-glass", "given together with --request")
	case !w.breakGlass && f.Password.Given() && a.TokenFrom() != "":
		return mfa.UsageError("--password-file", "a token is given, which acts without a password")
	case w.breakGlass && f.Password.Given():
		return mfa.UsageError("--password-file", "break-glass asks for no password")
	}
	return w.glass.check(a, f.Reason)
}

// ofFlag names the flag that is at fault for an error of usage that names none.
func ofFlag(flag string, err error) error {
	e := *app.ErrorOf(err)
	if e.Code == mfa.Usage && e.Field == "" {
		e.Field = flag
	}
	return &e
}

// confirmReset asks where the password does not confirm it: break-glass and a token
// have none, and an administrator is named.
func (w *resetWay) confirmReset(ctx context.Context, a *app.App, target mfa.UserInfo) error {
	if w.breakGlass || target.Privileged {
		return app.ConfirmName(ctx, a, target.Email)
	}
	return a.Confirm(ctx, a.TokenFrom() == "", "Reset the 2FA of "+target.Email+"?")
}

// direct calls a method of the engine on the opened store without a session, for the owner
// of the store or root. It is app.CallFor without a service.
func direct[Q, R any](
	ctx context.Context, a *app.App, name, user string, method func(*engine.Engine, context.Context, Q) (R, error), req Q,
) (out R, _ error) {
	p, err := a.StorePlace()
	if err != nil {
		return out, err
	}
	l, err := a.OpenStore(ctx)
	if err != nil {
		return out, err
	}
	info, err := os.Stat(p.Store)
	if err != nil {
		return out, mfa.Errorf(mfa.Unavailable, "the store cannot be looked at").WithCause(err)
	}
	if uid, known := app.OwnerOf(info); known && uid != os.Geteuid() && os.Geteuid() != 0 {
		return out, mfa.Errorf(mfa.Forbidden, "break-glass is for the owner of the store and for root")
	}
	return method(l.Engine, a.CallContext(ctx, name, user, mfa.Secret{}, req), req)
}

// requestID is the id of a request that was filed, if one was.
func requestID(r *mfa.RequestInfo) string {
	if r == nil {
		return ""
	}
	return r.ID
}

// sayFiled tells of a request that waits for a second person.
func sayFiled(a *app.App, r mfa.RequestInfo, changed, dry bool) string {
	who := ""
	if r.Approvers != "" {
		who = app.Line("%s", r.Approvers)
	}
	if dry {
		return app.Line("%s: %s would be filed for a second administrator", r.Target, r.Act) + who
	}
	text := "filed"
	if !changed {
		text = "waits already"
	}
	return app.Line("%s: %s %s as request %s, until %s", r.Target, r.Act, text, r.ID, a.TimeInWords(r.ExpiresAt)) +
		app.Line("A second administrator decides: mfactl admin requests approve %s", r.ID) + who
}
