package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// NewPassword makes the commands for one's own password.
func NewPassword(a *app.App) *cobra.Command {
	return app.Group("password", "Change or set your password", nil, newPasswordChange(a), newPasswordSet(a))
}

func newPasswordChange(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "change",
		Short: "Change your password and end your other sessions",
		Long: `Change your password and end your other sessions. The prompt says how many
characters the new password needs: what the policy rule password_min_length asks for
if you have 2FA or must have it, and at least 15 otherwise. Common passwords are refused.

At a terminal, press Enter at the prompt to have a password of seven words generated. It
is shown once, and you type it to confirm that you have it.`,
		Args: app.Exactly(),
	}
	old := app.SecretFlags(cmd, "password", "the present password")
	fresh := app.SecretFlags(cmd, "new-password", "the new password")
	change := func(ctx context.Context, _ []string) (mfa.Done, error) {
		var req mfa.ChangePasswordRequest
		return app.AskAndCall(ctx, a, mfa.Service.ChangePassword, &req,
			app.Password(&req.Password, old, "Present password"), app.NewPassword(&req.NewPassword, fresh))
	}
	return app.Act(a, cmd, "change the password", change, func(_ *app.App, done mfa.Done) app.View {
		return app.DoneView(done, "password changed, "+app.Plural(done.Ended, "other session")+" ended", "the password was changed")
	})
}

func newPasswordSet(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set a password with the code an administrator gave you",
		Long: `Set a password with a single-use set-password code, which lives 24 hours. The
code neither signs in nor touches 2FA.`,
		Args: app.Exactly(),
	}
	user := cmd.Flags().String("email", "", "your `address`")
	code := app.SecretFlags(cmd, "code", "the set-password code")
	fresh := app.SecretFlags(cmd, "new-password", "the new password")
	set := func(ctx context.Context, _ []string) (done mfa.Done, err error) {
		if _, err = a.Service(ctx); err != nil { // before anything is asked
			return done, err
		}
		var req mfa.RedeemPasswordRequest
		if req.Email, err = a.Ask(ctx, "--email", "E-mail address", *user); err != nil {
			return done, err
		}
		req.Email = a.UserName(req.Email)
		err = app.AskAll(ctx, a, app.Code(&req.Code, code, "Set-password code"), app.LoneNewPassword(&req.NewPassword, fresh, 0))
		if err != nil {
			return done, err
		}
		return app.CallWith(ctx, a, mfa.Secret{}, mfa.Service.RedeemPassword, req)
	}
	return app.Act(a, cmd, "set the password", set, func(_ *app.App, done mfa.Done) app.View {
		return app.DoneView(done, "password set; sign in with mfactl login", "the password was set")
	})
}
