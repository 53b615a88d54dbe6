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
	var old, fresh app.SecretSource
	cmd := &cobra.Command{Use: "change", Short: "Change your password and end your other sessions", Args: app.Exactly()}
	app.SecretFlags(cmd, &old, "password", "the present password")
	app.SecretFlags(cmd, &fresh, "new-password", "the new password")
	return a.WriteCommand(cmd, "change the password", func(ctx context.Context, _ []string) error {
		err := app.RequireSession(ctx, a)
		if err != nil {
			return err
		}
		var req mfa.ChangePasswordRequest
		if req.Password, err = a.ReadPassword(ctx, old, "Present password"); err != nil {
			return err
		}
		if req.NewPassword, err = a.ReadNewPassword(ctx, fresh, ""); err != nil {
			return err
		}
		done, err := app.Call(ctx, a, mfa.Service.ChangePassword, req)
		if err != nil {
			return err
		}
		return a.PrintDone("the password was changed", app.DoneView("password changed, "+app.Plural(done.Ended, "other session")+" ended", done))
	})
}

func newPasswordSet(a *app.App) *cobra.Command {
	var user string
	var code, fresh app.SecretSource
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set a password with the code an administrator gave you",
		Long: `Set a password with a single-use set-password code, which lives 24 hours. The
code neither signs in nor touches 2FA.`,
		Args: app.Exactly(),
	}
	cmd.Flags().StringVar(&user, "email", "", "your `address`")
	app.SecretFlags(cmd, &code, "code", "the set-password code")
	app.SecretFlags(cmd, &fresh, "new-password", "the new password")
	return a.WriteCommand(cmd, "set the password", func(ctx context.Context, _ []string) error {
		_, err := a.Service(ctx) // before anything is asked
		if err != nil {
			return err
		}
		var req mfa.RedeemPasswordRequest
		if req.Email, err = a.Ask(ctx, "--email", "E-mail address", user); err != nil {
			return err
		}
		req.Email = a.UserName(req.Email)
		if req.Code, err = a.ReadCode(ctx, code, "Set-password code"); err != nil {
			return err
		}
		if req.NewPassword, err = a.ReadNewPassword(ctx, fresh, ""); err != nil {
			return err
		}
		done, err := app.CallWith(ctx, a, mfa.Secret{}, mfa.Service.RedeemPassword, req)
		if err != nil {
			return err
		}
		return a.PrintDone("the password was set", app.DoneView("password set; sign in with mfactl login", done))
	})
}
