package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newUserUpdate(a *app.App) *cobra.Command {
	var req mfa.UpdateUserRequest
	cmd := &cobra.Command{
		Use:   "update USER | -",
		Short: "Change a role, an address, the community, or deactivate",
		Long: `Change an account. A new role, another community and a new status end its
sessions. A new address of somebody who has permissions over others counts as a
reset of both password and 2FA.`,
		Example: `  mfactl admin users update bob@acme.example --role helpdesk
  mfactl admin users update bob@acme.example --status deactivated --reason "left the company"`,
	}
	c := accountCommand(a, cmd, "update", "", "the account was changed")
	fs := cmd.Flags()
	fs.StringVar((*string)(&req.Role), "role", "", "a built-in `role` or one of the community")
	fs.StringVar(&req.Email, "email", "", "the new `address`")
	fs.StringVarP(&req.Community, "community", "c", "", "the `community` to move to")
	fs.StringVar((*string)(&req.Status), "status", "", "active or deactivated")
	fs.BoolVar(&req.Request, "request", false, "file a new address for a second administrator to approve within an hour")
	way := &glass{}
	way.flag(cmd)
	way.under(a, &c)
	c.Call = func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.UpdatedUser, error) {
		if way.breakGlass {
			return direct(ctx, a, "BreakGlassEmail", c.About(user), (*engine.Engine).BreakGlassEmail, mfa.BreakGlassRequest{User: user, Email: req.Email, Change: c.Change(dry)})
		}
		return app.CallProving(ctx, a, c.About(user), c.Password, dry, mfa.Service.UpdateUser, func(p mfa.Secret) mfa.UpdateUserRequest {
			one := req
			one.User, one.Password, one.Change = user, p, c.Change(dry)
			return one
		})
	}
	return a.WriteCommand(cmd, "update an account", func(ctx context.Context, args []string) error {
		if req.Role == "" && req.Status == "" && req.Email == "" && req.Community == "" {
			return mfa.UsageError("--role", "nothing to change").WithHint("give --role, --email, --community or --status")
		}
		if req.Email != "" && c.Many.Asked(args) {
			return mfa.UsageError("--email", "one address cannot be that of many users")
		}
		if way.breakGlass && (req.Email == "" || req.Role != "" || req.Status != "" || req.Community != "" || req.Request) {
			return mfa.UsageError("--break-glass", "changes the address alone").WithHint("give --email and --reason, and nothing else to change")
		}
		if err := way.check(a, c.Reason); err != nil {
			return err
		}
		c.AlwaysConfirm = way.breakGlass
		return c.Run(ctx, a, args)
	})
}
