package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newUserCreate(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{}
	var req mfa.CreateUserRequest
	cmd := &cobra.Command{
		Use:   "create USER | -",
		Short: "Make an account",
		Long: `Make an account. With --new-password-file or --new-password-stdin it has that
password; without, it gets a single-use set-password code, which lives 24 hours and
which "mfactl password set" redeems. An account with a password or with permissions
over others needs your own password too.

With --service it is a service account: it has no password and no 2FA, and acts by
API tokens alone, see "mfactl admin tokens create".`,
		Example: `  mfactl admin users create bob@acme.example --save bob.txt
  mfactl admin users create bob@acme.example --role member --new-password-file NEW --password-file P -o json
  mfactl admin users create ci@acme.example --service --role helpdesk`,
	}
	f.Flags(cmd, "do not ask for the number of users to be typed")
	fs := cmd.Flags()
	fs.StringVar((*string)(&req.Role), "role", string(mfa.RoleMember), "a built-in `role` or one of the community")
	fs.StringVarP(&req.Community, "community", "c", "", "`community` (default: your own)")
	fs.BoolVar(&req.Service, "service", false, "make a service account, which acts by API tokens alone")
	password := app.SecretFlags(cmd, "new-password", "the new user's password")
	f.Password = app.SecretFlags(cmd, "password", "your own password")
	f.Output.Flags(cmd)
	f.Many.Secrets(cmd)
	way := &glass{}
	way.flag(cmd)
	return a.WriteCommand(cmd, "create a user", func(ctx context.Context, args []string) error {
		switch {
		case req.Service && password.Given():
			return mfa.UsageError("--"+password.Name+"-file", "a service account has no password")
		case req.Service && (f.Output.Save != "" || f.Many.Dir != ""):
			return mfa.UsageError("--save", "no secret is made with a service account").WithHint("mfactl admin tokens create --for USER")
		case way.breakGlass && password.Given():
			return mfa.UsageError("--"+password.Name+"-file", "break-glass chooses no password: the account gets a set-password code")
		case password.Given():
			if err := givenPassword(ctx, a, f, password, args, &req.NewPassword); err != nil {
				return err
			}
		}
		if err := way.check(a, f.Reason); err != nil {
			return err
		}
		c := app.UserCommand[mfa.CreatedUser]{
			AlwaysConfirm: way.breakGlass, Confirm: way.confirmCreation(a),
			UserCommandFlags: f, Doing: "create", OneTime: !password.Given() && !req.Service, Done: "the account was made",
			Result: func(r *mfa.CreatedUser) (bool, *bool) { return r.Changed, &r.DryRun },
			Render: createdView,
			Secret: func(a *app.App, out mfa.CreatedUser) *app.Secret {
				return passwordCode(a, out.User.Email, out.Code, out.ExpiresAt)
			},
			Call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.CreatedUser, error) {
				if way.breakGlass {
					one := req
					one.Email, one.Change = user, f.Change(dry)
					return direct(ctx, a, "BreakGlassCreate", f.About(user), (*engine.Engine).BreakGlassCreate, one)
				}
				return app.CallProving(ctx, a, f.About(user), f.Password, dry, mfa.Service.CreateUser, func(p mfa.Secret) mfa.CreateUserRequest {
					one := req
					one.Email, one.Password, one.Change = user, p, f.Change(dry)
					return one
				})
			},
		}
		return orOldForm(c.Run(ctx, a, args), f.Password, password)
	})
}

// orOldForm explains a wrong password, and that a code would be shown, where the password of
// the new user may have been given as older versions took it.
func orOldForm(err error, own, its *app.SecretSource) error {
	if err == nil || !own.Given() || its.Given() {
		return err
	}
	if e := mfa.AsError(err); e.Code == mfa.Rejected || e.Field == "--reveal" {
		return e.WithHint("--password-file is your own password; that of the new user is --new-password-file")
	}
	return err
}

// confirmCreation has the address of the new account typed at break-glass; else nothing is
// asked, and so nothing is looked at before.
func (g *glass) confirmCreation(a *app.App) func(context.Context, mfa.CreatedUser) error {
	if !g.breakGlass {
		return nil
	}
	return func(ctx context.Context, p mfa.CreatedUser) error { return app.ConfirmName(ctx, a, p.User.Email) }
}

// givenPassword reads the new user's password: no secret is made then, and it is
// one user's alone.
func givenPassword(ctx context.Context, a *app.App, f *app.UserCommandFlags, from *app.SecretSource, args []string, into *mfa.Secret) (err error) {
	switch {
	case f.Output.Save != "" || f.Many.Dir != "":
		return mfa.UsageError("--save", "no secret is made where a password is given")
	case f.Many.Asked(args):
		return mfa.UsageError("--"+from.Name+"-file", "one password cannot be that of many users").WithHint("give --save-dir, and each sets their own")
	}
	*into, err = a.ReadSecret(ctx, from)
	return err
}

func createdView(a *app.App, out mfa.CreatedUser, open bool) app.View {
	v := users().One(out.User, out, func() string {
		u, what := out.User, "made"
		switch {
		case !out.Changed:
			what = "there already"
		case out.DryRun:
			what = "would be made"
		}
		text := app.Line("%s: %s, %s of %s", u.Email, what, roleOf(u), u.Community)
		if what == "made" && open && !out.Code.IsZero() {
			text += app.Line("Set-password code  %s   valid once, until %s", out.Code.Reveal(), a.TimeInWords(out.ExpiresAt))
		}
		if out.Approvals != "" {
			text += app.Line("Approvals: %s", out.Approvals)
		}
		return text
	})
	v.Secret, v.Lossy = open, open
	v.Header, v.Rows[0] = append(v.Header, "SET PASSWORD CODE"), append(v.Rows[0], shown(out.Code, open))
	return v
}

// roleOf is what an account is: its role, and whether a service has it.
func roleOf(u mfa.UserInfo) string {
	if u.Service {
		return string(u.Role) + " (service)"
	}
	return string(u.Role)
}
