package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

func newUserCreate(a *App) *cobra.Command {
	f := &userCommandFlags{}
	var req mfa.CreateUserRequest
	var role string
	var password source
	cmd := &cobra.Command{
		Use:   "create USER | -",
		Short: "Make an account",
		Long: `Make an account. With --password-file or --password-stdin it has that password;
without, it gets a single-use set-password code, which lives 24 hours and which
"mfactl password set" redeems.

With --service it is a service account: it has no password and no 2FA, and acts by
API tokens alone, see "mfactl admin tokens create".`,
		Example: `  mfactl admin users create bob@acme.example --save bob.txt
  mfactl admin users create bob@acme.example --role member --password-file P -o json
  mfactl admin users create ci@acme.example --service --role helpdesk`,
	}
	f.flags(cmd, "do not ask for the number of users to be typed")
	fs := cmd.Flags()
	fs.StringVar(&role, "role", string(mfa.RoleMember), "a built-in `role` or one of the community")
	fs.StringVarP(&req.Community, "community", "c", "", "`community` (default: your own)")
	fs.BoolVar(&req.Service, "service", false, "make a service account, which acts by API tokens alone")
	secretFlags(cmd, &password, "password", "the new user's password")
	f.output.flags(cmd)
	f.many.secrets(cmd)
	cmd.RunE = a.writeCommand("create a user", func(ctx context.Context, args []string) error {
		switch {
		case req.Service && password.given():
			return mfa.UsageError("--"+password.name+"-file", "a service account has no password")
		case req.Service && (f.output.save != "" || f.many.dir != ""):
			return mfa.UsageError("--save", "no secret is made with a service account").WithHint("mfactl admin tokens create --for USER")
		case password.given():
			if err := givenPassword(ctx, a, f, password, args, &req.Password); err != nil {
				return err
			}
		}
		c := userCommand[mfa.CreatedUser]{
			userCommandFlags: f, doing: "create", oneTime: !password.given() && !req.Service, done: "the account was made",
			result: func(r *mfa.CreatedUser) (bool, *bool) { return r.Changed, &r.DryRun },
			render: createdView, secret: createdCode,
			call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.CreatedUser, error) {
				one := req
				one.Email, one.Role, one.Change = user, mfa.Role(role), f.change(dry)
				return callFor(ctx, a, f.about(user), mfa.Service.CreateUser, one)
			},
		}
		return c.run(ctx, a, args)
	})
	return cmd
}

// givenPassword reads the new user's password: no secret is made then, and it is
// one user's alone.
func givenPassword(ctx context.Context, a *App, f *userCommandFlags, from source, args []string, into *mfa.Secret) (err error) {
	switch {
	case f.output.save != "" || f.many.dir != "":
		return mfa.UsageError("--save", "no secret is made where a password is given")
	case f.many.asked(args):
		return mfa.UsageError("--"+from.name+"-file", "one password cannot be that of many users").WithHint("give --save-dir, and each sets their own")
	}
	*into, err = a.read(ctx, from)
	return err
}

// createdCode is the set-password code to hand over, if one was made.
func createdCode(a *App, out mfa.CreatedUser) *secret {
	if out.Code.IsZero() {
		return nil
	}
	s := passwordCode(a, out.User.Email, out.Code, out.ExpiresAt)
	return &s
}

func createdView(a *App, out mfa.CreatedUser, open bool) view {
	v := view{
		kind: "User", data: out, names: []string{out.User.Email}, secret: open, lossy: open,
		table: userTable([]mfa.UserInfo{out.User}),
		say: func() string {
			u := out.User
			switch {
			case !out.Changed:
				return line("%s: there already, %s of %s", u.Email, roleOf(u), u.Community)
			case out.DryRun:
				return line("%s: would be made, %s of %s", u.Email, roleOf(u), u.Community)
			}
			text := line("%s: made, %s of %s", u.Email, roleOf(u), u.Community)
			if open && !out.Code.IsZero() {
				text += line("Set-password code  %s   valid once, until %s", out.Code.Reveal(), a.people(out.ExpiresAt))
			}
			return text
		},
	}
	code := ""
	if open {
		code = out.Code.Reveal()
	}
	v.table.Header = append(v.table.Header, "SET PASSWORD CODE")
	v.table.Rows[0] = append(v.table.Rows[0], code)
	return v
}

// roleOf is what an account is: its role, and whether a service has it.
func roleOf(u mfa.UserInfo) string {
	if u.Service {
		return string(u.Role) + " (service)"
	}
	return string(u.Role)
}
