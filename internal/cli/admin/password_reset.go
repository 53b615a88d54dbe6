package admin

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newUserPassword(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{}
	var way resetWay
	cmd := &cobra.Command{
		Use:   "reset-password USER | -",
		Short: "Take a password away and give a set-password code",
		Long: `Take a user's password away, end their sessions, and give a single-use
set-password code, which lives 24 hours. 2FA stays as it is.`,
	}
	f.Flags(cmd, "do not ask whether you are sure")
	f.Secrets(cmd)
	way.flags(cmd)
	return a.WriteCommand(cmd, "reset a password", func(ctx context.Context, args []string) error {
		if err := way.check(a, f); err != nil {
			return err
		}
		c := app.UserCommand[mfa.PasswordReset]{
			UserCommandFlags: f, Doing: "reset the password of", OneTime: !way.request, AskPassword: !way.breakGlass, AlwaysConfirm: true,
			Done:   "the password was reset",
			Result: func(r *mfa.PasswordReset) (bool, *bool) { return r.Changed, &r.DryRun },
			Render: passwordView, Confirm: askPassword(a, way), Secret: setPasswordCode,
			Call: func(ctx context.Context, user string, dry bool, password mfa.Secret) (mfa.PasswordReset, error) {
				if way.breakGlass {
					return direct(ctx, a, "BreakGlassPassword", f.About(user), (*engine.Engine).BreakGlassPassword, mfa.BreakGlassRequest{User: user, Change: f.Change(dry)})
				}
				return app.CallFor(ctx, a, f.About(user), mfa.Service.ResetPassword, mfa.ResetPasswordRequest{
					User: user, Password: password, Change: f.Change(dry), Request: way.request,
				})
			},
		}
		return c.Run(ctx, a, args)
	})
}

func askPassword(a *app.App, way resetWay) func(context.Context, mfa.PasswordReset) error {
	return func(ctx context.Context, p mfa.PasswordReset) error {
		if way.breakGlass || p.Target.Privileged {
			return way.confirmReset(ctx, a, p.Target)
		}
		return a.Confirm(ctx, false, "Take the password of "+p.User+" away and end "+app.Plural(p.Target.Sessions, "session")+"?")
	}
}

func setPasswordCode(a *app.App, out mfa.PasswordReset) *app.Secret {
	return passwordCode(a, out.User, out.Code, out.ExpiresAt)
}

func passwordView(a *app.App, out mfa.PasswordReset, open bool) app.View {
	return app.View{
		Kind: "PasswordReset", Data: out, Names: []string{out.User}, Secret: open, Lossy: open,
		Header: []string{"USER", "CODE", "EXPIRES", "SESSIONS ENDED", "REQUEST"},
		Rows:   [][]string{{out.User, shown(out.Code, open), app.Timestamp(out.ExpiresAt), strconv.Itoa(out.Ended), requestID(out.Request)}},
		Say:    func() string { return sayPasswordReset(a, out, open) },
	}
}

func sayPasswordReset(a *app.App, out mfa.PasswordReset, open bool) string {
	switch {
	case out.Request != nil:
		return sayFiled(a, *out.Request, out.Changed, out.DryRun)
	case out.DryRun:
		return app.Line("%s: the password would be taken away, %s ended", out.User, app.Plural(out.Target.Sessions, "session"))
	}
	text := ""
	if open {
		text = app.Line("Set-password code  %s   valid once, until %s", out.Code.Reveal(), a.TimeInWords(out.ExpiresAt))
	}
	return text + app.Line("%s: password reset (event %d), %s ended", out.User, out.Event, app.Plural(out.Ended, "session"))
}
