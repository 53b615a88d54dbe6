package admin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func passwordCode(a *app.App, user string, code mfa.Secret, until time.Time) app.Secret {
	return app.Secret{
		Title: "Set-password code of " + user + ", valid once, until " + a.TimeInWords(until),
		Items: []string{code.Reveal()}, Spell: true,
		Note: []string{"They redeem it with: mfactl password set --email " + mfa.ShellWord(user)},
		Name: "mfactl set-password code of " + user + ", valid once, until " + app.Timestamp(until),
		File: "mfactl-set-password-code.txt",
	}
}

func userTable(users []mfa.UserInfo) term.Table {
	t := term.Table{Header: []string{"EMAIL", "COMMUNITY", "ROLE", "STATUS", "2FA", "LAST SIGN IN", "CREATED", "ID", "SERVICE"}}
	for _, u := range users {
		last := ""
		if u.LastSignInAt != nil {
			last = app.Timestamp(*u.LastSignInAt)
		}
		t.Rows = append(t.Rows, []string{
			u.Email, u.Community, string(u.Role), string(u.Status), string(u.State), last, app.Timestamp(u.CreatedAt), u.ID, app.YesNo(u.Service),
		})
	}
	return t
}

func newUserList(a *app.App) *cobra.Command {
	var req mfa.ListUsersRequest
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List accounts", Args: app.Exactly()}
	cmd.Flags().StringVarP(&req.Community, "community", "c", "", "only this `community`")
	app.LimitFlag(cmd, &req.Limit)
	return a.ReadCommand(cmd, "list users", func(ctx context.Context, _ []string) error {
		items, err := allUsers(ctx, a, req)
		if err != nil {
			return err
		}
		return a.Print(app.ListView("UserList", items, userTable(items), func(u mfa.UserInfo) string { return u.Email }))
	})
}

func allUsers(ctx context.Context, a *app.App, req mfa.ListUsersRequest) ([]mfa.UserInfo, error) {
	return app.Gather(a, req.Limit, func(after string, most int) ([]mfa.UserInfo, string, error) {
		req.After, req.Limit = after, most
		page, err := app.Call(ctx, a, mfa.Service.ListUsers, req)
		return page.Items, page.Next, err
	})
}

func newUserShow(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{DryRun: true}
	cmd := &cobra.Command{Use: "show USER | -", Short: "Tell about an account"}
	f.Many.Flags(cmd)
	return a.ReadCommand(cmd, "show a user", func(ctx context.Context, args []string) error {
		c := app.UserCommand[mfa.UserInfo]{
			UserCommandFlags: f, Doing: "show",
			Result: func(*mfa.UserInfo) (bool, *bool) { return false, new(bool) },
			Render: func(_ *app.App, u mfa.UserInfo, _ bool) app.View { return userView(a, u) },
			Call: func(ctx context.Context, user string, _ bool, _ mfa.Secret) (mfa.UserInfo, error) {
				return app.CallFor(ctx, a, f.About(user), mfa.Service.ShowUser, mfa.ShowUserRequest{User: user})
			},
		}
		return c.Run(ctx, a, args)
	})
}

func userView(a *app.App, u mfa.UserInfo) app.View {
	return app.View{
		Kind: "User", Data: u, Names: []string{u.Email}, Table: userTable([]mfa.UserInfo{u}),
		Say: func() string { return sayUser(a, u) },
	}
}

func sayUser(a *app.App, u mfa.UserInfo) string {
	seen := "never"
	if u.LastSignInAt != nil {
		seen = a.TimeInWords(*u.LastSignInAt)
	}
	var b strings.Builder
	b.WriteString(app.Line("%s", u.Email) +
		app.Line("  id            %s", u.ID) +
		app.Line("  community     %s", u.Community) +
		app.Line("  role          %s", roleOf(u)) +
		app.Line("  status        %s", u.Status) +
		app.Line("  2FA           %s", u.State) +
		app.Line("  password      %s", app.YesNo(u.HasPassword)) +
		app.Line("  backup codes  %d", u.BackupCodesLeft) +
		app.Line("  sessions      %d", u.Sessions) +
		app.Line("  API tokens    %d", u.Tokens) +
		app.Line("  2FA resets    %d in 30 days", u.RecentResets) +
		app.Line("  last sign-in  %s", seen) +
		app.Line("  created       %s", a.TimeInWords(u.CreatedAt)))
	for _, l := range u.Locks {
		until := "until a reset"
		if l.Until != nil {
			until = "try again " + a.TimeInWords(*l.Until)
		}
		b.WriteString(app.Line("  locked        %s, %s", l.What, until))
	}
	if u.RecoveryExpires != nil {
		b.WriteString(app.Line("  recovery code until %s", a.TimeInWords(*u.RecoveryExpires)))
	}
	for _, f := range u.Factors {
		b.WriteString(app.Line("  factor        %s %q, %s", f.Kind, f.Label, f.Status))
	}
	return b.String()
}
