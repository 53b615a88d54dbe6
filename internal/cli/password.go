package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

func newPassword(a *App) *cobra.Command {
	return group("password", "Change or set your password", nil, newPasswordChange(a), newPasswordSet(a))
}

func newPasswordChange(a *App) *cobra.Command {
	var old, fresh source
	cmd := &cobra.Command{Use: "change", Short: "Change your password and end your other sessions", Args: exactly()}
	secretFlags(cmd, &old, "password", "the present password")
	secretFlags(cmd, &fresh, "new-password", "the new password")
	cmd.RunE = a.writeCommand("change the password", func(ctx context.Context, _ []string) error {
		err := requireSession(ctx, a)
		if err != nil {
			return err
		}
		var req mfa.ChangePasswordRequest
		if req.Password, err = a.password(ctx, old, "Present password"); err != nil {
			return err
		}
		if req.NewPassword, err = a.newPassword(ctx, fresh, ""); err != nil {
			return err
		}
		done, err := call(ctx, a, mfa.Service.ChangePassword, req)
		if err != nil {
			return err
		}
		return a.printDone("the password was changed", doneView("password changed, "+plural(done.Ended, "other session")+" ended", done))
	})
	return cmd
}

func newPasswordSet(a *App) *cobra.Command {
	var user string
	var code, fresh source
	cmd := &cobra.Command{
		Use:   "set",
		Short: "Set a password with the code an administrator gave you",
		Long: `Set a password with a single-use set-password code, which lives 24 hours. The
code neither signs in nor touches 2FA.`,
		Args: exactly(),
	}
	cmd.Flags().StringVar(&user, "email", "", "your `address`")
	secretFlags(cmd, &code, "code", "the set-password code")
	secretFlags(cmd, &fresh, "new-password", "the new password")
	cmd.RunE = a.writeCommand("set the password", func(ctx context.Context, _ []string) error {
		_, err := a.service(ctx) // before anything is asked
		if err != nil {
			return err
		}
		var req mfa.RedeemPasswordRequest
		if req.Email, err = a.ask(ctx, "--email", "E-mail address", user); err != nil {
			return err
		}
		req.Email = a.user(req.Email)
		if req.Code, err = a.code(ctx, code, "Set-password code"); err != nil {
			return err
		}
		if req.NewPassword, err = a.newPassword(ctx, fresh, ""); err != nil {
			return err
		}
		done, err := callWith(ctx, a, mfa.Secret{}, mfa.Service.RedeemPassword, req)
		if err != nil {
			return err
		}
		return a.printDone("the password was set", doneView("password set; sign in with mfactl login", done))
	})
	return cmd
}
