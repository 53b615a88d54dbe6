package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newUserPassword(a *App) *cobra.Command {
	f := &userCommandFlags{}
	var way resetWay
	cmd := &cobra.Command{
		Use:   "reset-password USER | -",
		Short: "Take a password away and give a set-password code",
		Long: `Take a user's password away, end their sessions, and give a single-use
set-password code, which lives 24 hours. 2FA stays as it is.`,
	}
	f.flags(cmd, "do not ask whether you are sure")
	f.secrets(cmd)
	way.flags(cmd)
	cmd.RunE = a.writeCommand("reset a password", func(ctx context.Context, args []string) error {
		if err := way.check(a, f); err != nil {
			return err
		}
		c := userCommand[mfa.PasswordReset]{
			userCommandFlags: f, doing: "reset the password of", oneTime: !way.request, password: !way.breakGlass, always: true,
			done:   "the password was reset",
			result: func(r *mfa.PasswordReset) (bool, *bool) { return r.Changed, &r.DryRun },
			render: passwordView, confirm: askPassword(a, way), secret: setPasswordCode,
			call: func(ctx context.Context, user string, dry bool, password mfa.Secret) (mfa.PasswordReset, error) {
				if way.breakGlass {
					return direct(ctx, a, "BreakGlassPassword", f.about(user), (*engine.Engine).BreakGlassPassword, mfa.BreakGlassRequest{User: user, Change: f.change(dry)})
				}
				return callFor(ctx, a, f.about(user), mfa.Service.ResetPassword, mfa.ResetPasswordRequest{
					User: user, Password: password, Change: f.change(dry), Request: way.request,
				})
			},
		}
		return c.run(ctx, a, args)
	})
	return cmd
}

func askPassword(a *App, way resetWay) func(context.Context, mfa.PasswordReset) error {
	return func(ctx context.Context, p mfa.PasswordReset) error {
		if way.breakGlass || p.Target.Privileged {
			return way.confirm(ctx, a, p.Target)
		}
		return a.sure(ctx, false, "Take the password of "+p.User+" away and end "+plural(p.Target.Sessions, "session")+"?")
	}
}

func setPasswordCode(a *App, out mfa.PasswordReset) *secret {
	if out.Code.IsZero() {
		return nil
	}
	s := passwordCode(a, out.User, out.Code, out.ExpiresAt)
	return &s
}

func passwordView(a *App, out mfa.PasswordReset, open bool) view {
	v := view{
		kind: "PasswordReset", data: out, names: []string{out.User}, secret: open, lossy: open,
		table: term.Table{
			Header: []string{"USER", "CODE", "EXPIRES", "SESSIONS ENDED", "REQUEST"},
			Rows:   [][]string{{out.User, "", stamp(out.ExpiresAt), strconv.Itoa(out.Ended), requestID(out.Request)}},
		},
	}
	if open {
		v.table.Rows[0][1] = out.Code.Reveal()
	}
	v.say = func() string {
		switch {
		case out.Request != nil:
			return sayFiled(a, *out.Request, out.Changed, out.DryRun)
		case out.DryRun:
			return line("%s: the password would be taken away, %s ended", out.User, plural(out.Target.Sessions, "session"))
		}
		text := ""
		if open {
			text = line("Set-password code  %s   valid once, until %s", out.Code.Reveal(), a.people(out.ExpiresAt))
		}
		return text + line("%s: password reset (event %d), %s ended", out.User, out.Event, plural(out.Ended, "session"))
	}
	return v
}
