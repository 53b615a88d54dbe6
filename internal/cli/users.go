package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func passwordCode(a *App, user string, code mfa.Secret, until time.Time) secret {
	return secret{
		title: "Set-password code of " + user + ", valid once, until " + a.people(until),
		items: []string{code.Reveal()}, spell: true,
		note: []string{"They redeem it with: mfactl password set --email " + mfa.ShellWord(user)},
		name: "mfactl set-password code of " + user + ", valid once, until " + stamp(until),
		file: "mfactl-set-password-code.txt",
	}
}

func userTable(users []mfa.UserInfo) term.Table {
	t := term.Table{Header: []string{"EMAIL", "COMMUNITY", "ROLE", "STATUS", "2FA", "LAST SIGN IN", "CREATED", "ID", "SERVICE"}}
	for _, u := range users {
		last := ""
		if u.LastSignInAt != nil {
			last = stamp(*u.LastSignInAt)
		}
		t.Rows = append(t.Rows, []string{
			u.Email, u.Community, string(u.Role), string(u.Status), string(u.State), last, stamp(u.CreatedAt), u.ID, yesNo(u.Service),
		})
	}
	return t
}

func newUserList(a *App) *cobra.Command {
	var req mfa.ListUsersRequest
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List accounts", Args: exactly()}
	cmd.Flags().StringVarP(&req.Community, "community", "c", "", "only this `community`")
	limitFlag(cmd, &req.Limit)
	cmd.RunE = a.readCommand("list users", func(ctx context.Context, _ []string) error {
		items, err := allUsers(ctx, a, req)
		if err != nil {
			return err
		}
		return a.print(listView("UserList", items, userTable(items), func(u mfa.UserInfo) string { return u.Email }))
	})
	return cmd
}

func allUsers(ctx context.Context, a *App, req mfa.ListUsersRequest) ([]mfa.UserInfo, error) {
	return gather(a, req.Limit, func(after string, most int) ([]mfa.UserInfo, string, error) {
		req.After, req.Limit = after, most
		page, err := call(ctx, a, mfa.Service.ListUsers, req)
		return page.Items, page.Next, err
	})
}

func newUserShow(a *App) *cobra.Command {
	f := &userCommandFlags{dry: true}
	cmd := &cobra.Command{Use: "show USER | -", Short: "Tell about an account"}
	f.many.flags(cmd)
	cmd.RunE = a.readCommand("show a user", func(ctx context.Context, args []string) error {
		c := userCommand[mfa.UserInfo]{
			userCommandFlags: f, doing: "show",
			result: func(*mfa.UserInfo) (bool, *bool) { return false, new(bool) },
			render: func(_ *App, u mfa.UserInfo, _ bool) view { return userView(a, u) },
			call: func(ctx context.Context, user string, _ bool, _ mfa.Secret) (mfa.UserInfo, error) {
				return callFor(ctx, a, f.about(user), mfa.Service.ShowUser, mfa.ShowUserRequest{User: user})
			},
		}
		return c.run(ctx, a, args)
	})
	return cmd
}

func userView(a *App, u mfa.UserInfo) view {
	return view{
		kind: "User", data: u, names: []string{u.Email}, table: userTable([]mfa.UserInfo{u}),
		say: func() string { return sayUser(a, u) },
	}
}

func sayUser(a *App, u mfa.UserInfo) string {
	seen := "never"
	if u.LastSignInAt != nil {
		seen = a.people(*u.LastSignInAt)
	}
	var b strings.Builder
	b.WriteString(line("%s", u.Email) +
		line("  id            %s", u.ID) +
		line("  community     %s", u.Community) +
		line("  role          %s", roleOf(u)) +
		line("  status        %s", u.Status) +
		line("  2FA           %s", u.State) +
		line("  password      %s", yesNo(u.HasPassword)) +
		line("  backup codes  %d", u.BackupCodesLeft) +
		line("  sessions      %d", u.Sessions) +
		line("  API tokens    %d", u.Tokens) +
		line("  2FA resets    %d in 30 days", u.RecentResets) +
		line("  last sign-in  %s", seen) +
		line("  created       %s", a.people(u.CreatedAt)))
	for _, l := range u.Locks {
		until := "until a reset"
		if l.Until != nil {
			until = "try again " + a.people(*l.Until)
		}
		b.WriteString(line("  locked        %s, %s", l.What, until))
	}
	if u.RecoveryExpires != nil {
		b.WriteString(line("  recovery code until %s", a.people(*u.RecoveryExpires)))
	}
	for _, f := range u.Factors {
		b.WriteString(line("  factor        %s %q, %s", f.Kind, f.Label, f.Status))
	}
	return b.String()
}
