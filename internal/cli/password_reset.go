package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newUserPassword(a *App) *cobra.Command {
	var o resetOptions
	cmd := &cobra.Command{
		Use:   "reset-password USER",
		Short: "Take a password away and give a set-password code",
		Long: `Take a user's password away, end their sessions, and give a single-use
set-password code, which lives 24 hours. 2FA stays as it is.`,
		Args: exactly("USER"),
	}
	o.flags(cmd, "do not ask whether you are sure")
	cmd.RunE = a.run("reset a password", func(ctx context.Context, args []string) error {
		o.user = a.user(args[0])
		a.doing = "reset the password of " + o.user
		return a.runUserPassword(ctx, o)
	})
	return cmd
}

func (a *App) runUserPassword(ctx context.Context, o resetOptions) (err error) {
	req := mfa.ResetPasswordRequest{User: o.user, Reason: o.reason, DryRun: true}
	if !o.dryRun {
		if err := a.plan(&o.reveal); err != nil {
			return err
		}
		defer func() { o.reveal.drop(err) }()
	}
	s, call, err := a.own(ctx, "ResetPassword")
	if err != nil {
		return err
	}
	out, err := s.ResetPassword(call, req)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.print(a.passwordView(out, false))
	}
	if err := a.sure(ctx, o.yes, "Take the password of "+out.User+" away and end "+plural(out.Target.Sessions, "session")+"?"); err != nil {
		return err
	}
	if req.Password, err = a.password(ctx, o.password, "Your password"); err != nil {
		return err
	}
	req.DryRun = false
	if s, call, err = a.own(ctx, "ResetPassword"); err != nil {
		return err
	}
	if out, err = s.ResetPassword(call, req); err != nil {
		return err
	}
	a.done = "the password was reset"
	err = a.hand(ctx, &o.reveal, a.passwordCode(out.User, out.Code, stamp(out.ExpiresAt)))
	o.reveal.file = nil
	if err != nil {
		return err
	}
	return a.print(a.passwordView(out, o.reveal.open()))
}

func (a *App) passwordView(out mfa.PasswordReset, open bool) view {
	v := view{
		kind: "PasswordReset", data: out, names: []string{out.User}, secret: open, lossy: open,
		table: term.Table{
			Header: []string{"USER", "CODE", "EXPIRES", "SESSIONS ENDED"},
			Rows:   [][]string{{out.User, "", stamp(out.ExpiresAt), strconv.Itoa(out.Ended)}},
		},
	}
	if open {
		v.table.Rows[0][1] = out.Code.Reveal()
	}
	v.say = func() string {
		if out.DryRun {
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
