package admin

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newUserLock(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lock USER | -",
		Short: "Keep an account from signing in and end its sessions",
	}
	c := accountCommand(a, cmd, "lock", "locked", "the account was locked")
	c.Call = func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.UpdatedUser, error) {
		return app.CallProving(ctx, a, c.About(user), c.Password, dry, mfa.Service.LockUser, func(p mfa.Secret) mfa.LockUserRequest {
			return mfa.LockUserRequest{User: user, Password: p, Change: c.Change(dry)}
		})
	}
	return a.WriteCommand(cmd, "lock an account", func(ctx context.Context, args []string) error { return c.Run(ctx, a, args) })
}

func newUserUnlock(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unlock USER | -",
		Short: "End the locks of an account",
		Long: `End a lock that an administrator set, and those of too many wrong attempts at sign-in
and at verify. The wrong attempts are forgotten. What was cleared is shown.

A lock that an administrator set, and 100 wrong passwords in a row, need your own
password. 100 wrong app codes in a row are not cleared: after those the user signs in with
a backup code and runs mfactl 2fa resync, or an administrator resets the 2FA. The command
says so.`,
		Example: `  mfactl admin users unlock bob@acme.example --reason "called from his desk"`,
	}
	c := accountCommand(a, cmd, "unlock", "unlocked", "the account was unlocked")
	way := &glass{}
	way.flag(cmd)
	way.under(a, &c)
	c.Call = func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.UpdatedUser, error) {
		if way.breakGlass {
			return direct(ctx, a, "BreakGlassUnlock", c.About(user), (*engine.Engine).BreakGlassUnlock, mfa.BreakGlassRequest{User: user, Change: c.Change(dry)})
		}
		return app.CallProving(ctx, a, c.About(user), c.Password, dry, mfa.Service.UnlockUser, func(p mfa.Secret) mfa.UnlockUserRequest {
			return mfa.UnlockUserRequest{User: user, Password: p, Change: c.Change(dry)}
		})
	}
	return a.WriteCommand(cmd, "unlock an account", func(ctx context.Context, args []string) error {
		if err := way.check(a, c.Reason); err != nil {
			return err
		}
		c.AlwaysConfirm = way.breakGlass
		return c.Run(ctx, a, args)
	})
}

// under has break-glass confirm a command that changes an account.
func (g *glass) under(a *app.App, c *app.UserCommand[mfa.UpdatedUser]) {
	otherwise := c.Confirm
	c.Confirm = func(ctx context.Context, p mfa.UpdatedUser) error {
		return g.confirm(ctx, a, p.User.Email, func() error { return otherwise(ctx, p) })
	}
}

// accountCommand is a user command that changes an account and hands over no secret.
func accountCommand(a *app.App, cmd *cobra.Command, verb, did, done string) app.UserCommand[mfa.UpdatedUser] {
	f := &app.UserCommandFlags{}
	f.Flags(cmd, "do not ask for an administrator's address to be typed")
	f.Password = app.SecretFlags(cmd, "password", "your own password")
	return app.UserCommand[mfa.UpdatedUser]{
		UserCommandFlags: f, Doing: verb, Done: done,
		Result: func(r *mfa.UpdatedUser) (bool, *bool) { return r.Changed, &r.DryRun },
		Render: func(_ *app.App, out mfa.UpdatedUser, _ bool) app.View { return updatedView(a, out, did) },
		Confirm: func(ctx context.Context, p mfa.UpdatedUser) error {
			if p.User.Privileged {
				return app.ConfirmName(ctx, a, p.User.Email)
			}
			return nil // it can be taken back
		},
	}
}

// updatedView tells of an account after a change; did says what it is now, and
// where that is nothing in particular, role, community and status do.
func updatedView(a *app.App, out mfa.UpdatedUser, did string) app.View {
	u := out.User
	if did == "" {
		did = string(u.Role) + " of " + u.Community + ", " + string(u.Status)
	}
	return users().One(u, out, func() string {
		switch {
		case out.Request != nil:
			return sayFiled(a, *out.Request, out.Changed, out.DryRun)
		case !out.Changed:
			return app.Line("%s: nothing to do", u.Email) + locksLeft(u)
		case out.DryRun:
			return app.Line("%s: would be %s, %s would end", u.Email, did, app.Plural(out.Ended, "session"))
		}
		text := app.Line("%s: %s, %s ended", u.Email, did, app.Plural(out.Ended, "session"))
		if len(out.Cleared) > 0 {
			text += app.Line("  cleared: %s", strings.Join(out.Cleared, ", "))
		}
		return text + locksLeft(u)
	})
}

// locksLeft shows what even an unlock has left locked.
func locksLeft(u mfa.UserInfo) string {
	var b strings.Builder
	if u.UserDetail != nil {
		for _, l := range u.Locks {
			if l.Until == nil {
				b.WriteString(app.Line("  still locked: %s, after 100 wrong ones in a row; what helps: %s", l.What, l.Remedy))
			}
		}
	}
	return b.String()
}

func newUserDelete(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{}
	cmd := &cobra.Command{
		Use:     "delete USER | -",
		Aliases: []string{"rm"},
		Short:   "Remove an account; what happened stays in the audit trail",
		Long: `Remove an account with its factors, codes, sessions and API tokens. What happened
stays in the audit trail.

An account whose record is damaged is removed by an operator, with --reason and the
operator's own password, or by the owner of the store with --break-glass.`,
		Example: `  mfactl admin users delete bob@acme.example --reason "has left"
  mfactl admin users delete bob@acme.example --break-glass --reason "its record is damaged"`,
	}
	f.Flags(cmd, "do not ask for the address to be typed")
	f.Password = app.SecretFlags(cmd, "password", "your own password")
	way := &glass{}
	way.flag(cmd)
	c := app.UserCommand[mfa.DeletedUser]{
		UserCommandFlags: f, Doing: "delete", AlwaysConfirm: true, Done: "the account was deleted",
		Result: func(r *mfa.DeletedUser) (bool, *bool) { return r.Changed, &r.DryRun },
		Render: func(_ *app.App, out mfa.DeletedUser, _ bool) app.View { return deletedView(out) },
		Confirm: func(ctx context.Context, p mfa.DeletedUser) error {
			if !p.Damaged {
				a.Tell(sayUser(a, p.User))
			}
			return app.ConfirmName(ctx, a, cmp.Or(p.User.Email, p.User.ID))
		},
		Call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.DeletedUser, error) {
			if way.breakGlass {
				return direct(ctx, a, "BreakGlassDelete", f.About(user), (*engine.Engine).BreakGlassDelete, mfa.BreakGlassRequest{User: user, Change: f.Change(dry)})
			}
			return app.CallProving(ctx, a, f.About(user), f.Password, dry, mfa.Service.DeleteUser, func(p mfa.Secret) mfa.DeleteUserRequest {
				return mfa.DeleteUserRequest{User: user, Password: p, Change: f.Change(dry)}
			})
		},
	}
	return a.WriteCommand(cmd, "delete an account", func(ctx context.Context, args []string) error {
		if err := way.check(a, f.Reason); err != nil {
			return err
		}
		return c.Run(ctx, a, args)
	})
}

func deletedView(out mfa.DeletedUser) app.View {
	u, r := out.User, out.Removed
	return app.View{
		Kind: "DeletedUser", Data: out, Names: []string{cmp.Or(u.Email, u.ID)},
		Header: []string{"EMAIL", "COMMUNITY", "ROLE", "ID", "EVENT"},
		Rows:   [][]string{{u.Email, u.Community, string(u.Role), u.ID, strconv.FormatInt(out.Event, 10)}},
		Say: func() string {
			verb := "deleted"
			if out.DryRun {
				verb = "would be deleted"
			}
			return app.Line("%s: %s with %s", cmp.Or(u.Email, u.ID), verb, removed(r, "factor"))
		},
	}
}
