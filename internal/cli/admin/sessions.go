package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newSessionList(a *app.App) *cobra.Command {
	var req mfa.ListSessionsRequest
	cmd := &cobra.Command{Use: "list [USER]", Aliases: []string{"ls"}, Short: "List sessions, of a user or all", Args: app.AtMostOne()}
	listFlags(cmd, &req.Community, &req.Limit)
	return a.ReadCommand(cmd, "list sessions", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			req.User = a.UserName(args[0])
		}
		return app.PrintPages(a, sessions(), req.Limit, func(after string, most int) ([]mfa.SessionInfo, []mfa.DamagedRow, string, error) {
			next := req
			next.After, next.Limit = after, most
			page, err := app.Call(ctx, a, mfa.Service.ListSessions, next)
			return page.Items, page.Damaged, page.Next, err
		})
	})
}

func sessions() app.Items[mfa.SessionInfo] {
	return app.Items[mfa.SessionInfo]{
		Kind: "Session", Header: []string{"ID", "USER", "COMMUNITY", "LEVEL", "METHOD", "CREATED", "LAST SEEN", "EXPIRES", "CURRENT"},
		Name: func(s mfa.SessionInfo) string { return s.ID },
		Row: func(s mfa.SessionInfo) []string {
			return []string{
				s.ID, s.User, s.Community, string(s.Level), string(s.Method), app.Timestamp(s.CreatedAt), app.Timestamp(s.LastSeenAt), app.Timestamp(s.ExpiresAt), app.YesNo(s.Current),
			}
		},
	}
}

func newSessionRevoke(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{}
	cmd := &cobra.Command{
		Use:     "revoke USER | -",
		Aliases: []string{"rm"},
		Short:   "End a user's sessions, or one of them",
	}
	f.Flags(cmd, "do not ask for the number of users to be typed")
	session := cmd.Flags().String("session", "", "only the one of this `id`")
	c := app.UserCommand[mfa.Done]{
		UserCommandFlags: f, Doing: "end the sessions of", Done: "the sessions were ended",
		Result: func(r *mfa.Done) (bool, *bool) { return r.Changed, &r.DryRun },
		Render: func(_ *app.App, out mfa.Done, _ bool) app.View { return revokedView(out) },
		Call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.Done, error) {
			return app.CallFor(ctx, a, f.About(user), mfa.Service.RevokeSessions, mfa.RevokeSessionsRequest{User: user, Session: *session, Change: f.Change(dry)})
		},
	}
	return a.WriteCommand(cmd, "end sessions", func(ctx context.Context, args []string) error {
		if *session != "" && f.Many.Asked(args) {
			return mfa.UsageError("--session", "one session cannot be that of many users")
		}
		return c.Run(ctx, a, args)
	})
}

func revokedView(out mfa.Done) app.View {
	what := app.Plural(out.Ended, "session") + " ended"
	if out.DryRun {
		what = app.Plural(out.Ended, "session") + " would end"
	}
	return app.DoneView(out, what, "")
}
