package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newUserLock(a *App) *cobra.Command {
	f := &userCommandFlags{}
	cmd := &cobra.Command{
		Use:   "lock USER | -",
		Short: "Keep an account from signing in and end its sessions",
	}
	f.flags(cmd, "do not ask for an administrator's address to be typed")
	c := accountCommand(a, f, "lock", "locked", "the account was locked")
	c.call = func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.UpdatedUser, error) {
		return callFor(ctx, a, f.about(user), mfa.Service.LockUser, mfa.LockUserRequest{User: user, Change: f.change(dry)})
	}
	cmd.RunE = a.writeCommand("lock an account", func(ctx context.Context, args []string) error { return c.run(ctx, a, args) })
	return cmd
}

func newUserUnlock(a *App) *cobra.Command {
	f := &userCommandFlags{}
	cmd := &cobra.Command{
		Use:   "unlock USER | -",
		Short: "End a lock, be it yours or one of too many wrong attempts",
		Long: `End a lock. Wrong attempts are forgotten, but for a hundred in a row: after those
only a reset helps.`,
	}
	f.flags(cmd, "do not ask for an administrator's address to be typed")
	c := accountCommand(a, f, "unlock", "unlocked", "the account was unlocked")
	c.call = func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.UpdatedUser, error) {
		return callFor(ctx, a, f.about(user), mfa.Service.UnlockUser, mfa.UnlockUserRequest{User: user, Change: f.change(dry)})
	}
	cmd.RunE = a.writeCommand("unlock an account", func(ctx context.Context, args []string) error { return c.run(ctx, a, args) })
	return cmd
}

// accountCommand is a user command that changes an account and hands over no secret.
func accountCommand(a *App, f *userCommandFlags, verb, did, done string) userCommand[mfa.UpdatedUser] {
	return userCommand[mfa.UpdatedUser]{
		userCommandFlags: f, doing: verb, done: done,
		result: func(r *mfa.UpdatedUser) (bool, *bool) { return r.Changed, &r.DryRun },
		render: func(_ *App, out mfa.UpdatedUser, _ bool) view { return updatedView(a, out, did) },
		confirm: func(ctx context.Context, p mfa.UpdatedUser) error {
			if p.User.Privileged {
				return sureName(ctx, a, p.User.Email)
			}
			return nil // it can be taken back
		},
	}
}

// updatedView tells of an account after a change; did says what it is now, and
// where that is nothing in particular, role, community and status do.
func updatedView(a *App, out mfa.UpdatedUser, did string) view {
	u := out.User
	v := view{kind: "User", data: out, names: []string{u.Email}, table: userTable([]mfa.UserInfo{u})}
	if did == "" {
		did = string(u.Role) + " of " + u.Community + ", " + string(u.Status)
	}
	v.say = func() string {
		switch {
		case out.Request != nil:
			return sayFiled(a, *out.Request, out.Changed, out.DryRun)
		case !out.Changed:
			return line("%s: nothing to do", u.Email)
		case out.DryRun:
			return line("%s: would be %s, %s would end", u.Email, did, plural(out.Ended, "session"))
		}
		text := line("%s: %s, %s ended", u.Email, did, plural(out.Ended, "session"))
		return text + locksLeft(u)
	}
	return v
}

// locksLeft tells what even an unlock has left locked.
func locksLeft(u mfa.UserInfo) string {
	var b strings.Builder
	if u.UserDetail != nil {
		for _, l := range u.Locks {
			if l.Until == nil {
				b.WriteString(line("  %s: disabled after 100 wrong attempts in a row, until a reset", l.What))
			}
		}
	}
	return b.String()
}

func newUserDelete(a *App) *cobra.Command {
	f := &userCommandFlags{}
	cmd := &cobra.Command{
		Use:     "delete USER | -",
		Aliases: []string{"rm"},
		Short:   "Remove an account; what happened stays in the audit trail",
	}
	f.flags(cmd, "do not ask for the address to be typed")
	c := userCommand[mfa.DeletedUser]{
		userCommandFlags: f, doing: "delete", always: true, done: "the account was deleted",
		result: func(r *mfa.DeletedUser) (bool, *bool) { return r.Changed, &r.DryRun },
		render: func(_ *App, out mfa.DeletedUser, _ bool) view { return deletedView(out) },
		confirm: func(ctx context.Context, p mfa.DeletedUser) error {
			a.tell(sayUser(a, p.User))
			return sureName(ctx, a, p.User.Email)
		},
		call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.DeletedUser, error) {
			return callFor(ctx, a, f.about(user), mfa.Service.DeleteUser, mfa.DeleteUserRequest{User: user, Change: f.change(dry)})
		},
	}
	cmd.RunE = a.writeCommand("delete an account", func(ctx context.Context, args []string) error { return c.run(ctx, a, args) })
	return cmd
}

func deletedView(out mfa.DeletedUser) view {
	u, r := out.User, out.Removed
	return view{
		kind: "DeletedUser", data: out, names: []string{u.Email},
		table: term.Table{
			Header: []string{"EMAIL", "COMMUNITY", "ROLE", "ID", "EVENT"},
			Rows:   [][]string{{u.Email, u.Community, string(u.Role), u.ID, strconv.FormatInt(out.Event, 10)}},
		},
		say: func() string {
			verb := "deleted"
			if out.DryRun {
				verb = "would be deleted"
			}
			return line("%s: %s with %s", u.Email, verb, removed(r, "factor"))
		},
	}
}
