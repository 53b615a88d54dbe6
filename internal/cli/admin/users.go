package admin

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// passwordCode is the set-password code to hand over, if one was made.
func passwordCode(a *app.App, user string, code mfa.Secret, until time.Time) *app.Secret {
	if code.IsZero() {
		return nil
	}
	return &app.Secret{
		Title: "Set-password code of " + user + ", valid once, until " + a.TimeInWords(until),
		Items: []string{code.Reveal()}, Spell: true,
		Note: []string{"They redeem it with: mfactl password set --email " + mfa.ShellWord(user)},
		Name: "mfactl set-password code of " + user + ", valid once, until " + app.Timestamp(until),
		File: "mfactl-set-password-code.txt",
	}
}

func users() app.Items[mfa.UserInfo] {
	return app.Items[mfa.UserInfo]{
		Kind: "User", Header: []string{"EMAIL", "COMMUNITY", "ROLE", "STATUS", "2FA", "LAST SIGN IN", "CREATED", "ID", "SERVICE"},
		Name: func(u mfa.UserInfo) string { return u.Email },
		Row: func(u mfa.UserInfo) []string {
			return []string{
				u.Email, u.Community, string(u.Role), string(u.Status), string(u.State), app.TimestampOf(u.LastSignInAt), app.Timestamp(u.CreatedAt), u.ID, app.YesNo(u.Service),
			}
		},
	}
}

func newUserList(a *app.App) *cobra.Command {
	var req mfa.ListUsersRequest
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List accounts", Args: app.Exactly()}
	listFlags(cmd, &req.Community, &req.Limit)
	return a.ReadCommand(cmd, "list users", func(ctx context.Context, _ []string) error {
		return app.PrintPages(a, users(), req.Limit, func(after string, most int) ([]mfa.UserInfo, []mfa.DamagedRow, string, error) {
			next := req
			next.After, next.Limit = after, most
			page, err := app.Call(ctx, a, mfa.Service.ListUsers, next)
			return page.Items, page.Damaged, page.Next, err
		})
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
			Render: func(_ *app.App, u mfa.UserInfo, _ bool) app.View {
				return users().One(u, u, func() string { return sayUser(a, u) })
			},
			Call: func(ctx context.Context, user string, _ bool, _ mfa.Secret) (mfa.UserInfo, error) {
				return app.CallFor(ctx, a, f.About(user), mfa.Service.ShowUser, mfa.ShowUserRequest{User: user})
			},
		}
		return c.Run(ctx, a, args)
	})
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
		until := "after 100 wrong ones in a row; what helps: " + l.Remedy
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
