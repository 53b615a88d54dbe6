package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newSessionList(a *App) *cobra.Command {
	var req mfa.ListSessionsRequest
	cmd := &cobra.Command{Use: "list [USER]", Aliases: []string{"ls"}, Short: "List sessions, of a user or all", Args: atMostOne()}
	cmd.Flags().StringVarP(&req.Community, "community", "c", "", "only this `community`")
	limitFlag(cmd, &req.Limit)
	cmd.RunE = a.readCommand("list sessions", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			req.User = a.user(args[0])
		}
		items, err := allSessions(ctx, a, req)
		if err != nil {
			return err
		}
		return a.print(listView("SessionList", items, sessionTable(items), func(s mfa.SessionInfo) string { return s.ID }))
	})
	return cmd
}

func allSessions(ctx context.Context, a *App, req mfa.ListSessionsRequest) ([]mfa.SessionInfo, error) {
	return gather(a, req.Limit, func(after string, most int) ([]mfa.SessionInfo, string, error) {
		req.After, req.Limit = after, most
		page, err := call(ctx, a, mfa.Service.ListSessions, req)
		return page.Items, page.Next, err
	})
}

func sessionTable(items []mfa.SessionInfo) term.Table {
	t := term.Table{Header: []string{"ID", "USER", "COMMUNITY", "LEVEL", "METHOD", "CREATED", "LAST SEEN", "EXPIRES", "CURRENT"}}
	for _, s := range items {
		t.Rows = append(t.Rows, []string{
			s.ID, s.User, s.Community, string(s.Level), string(s.Method), stamp(s.CreatedAt), stamp(s.LastSeenAt), stamp(s.ExpiresAt), yesNo(s.Current),
		})
	}
	return t
}

func newSessionRevoke(a *App) *cobra.Command {
	f := &userCommandFlags{}
	var session string
	cmd := &cobra.Command{
		Use:     "revoke USER | -",
		Aliases: []string{"rm"},
		Short:   "End a user's sessions, or one of them",
	}
	f.flags(cmd, "do not ask for the number of users to be typed")
	cmd.Flags().StringVar(&session, "session", "", "only the one of this `id`")
	c := userCommand[mfa.Done]{
		userCommandFlags: f, doing: "end the sessions of", done: "the sessions were ended",
		result: func(r *mfa.Done) (bool, *bool) { return r.Changed, &r.DryRun },
		render: func(_ *App, out mfa.Done, _ bool) view { return revokedView(out) },
		call: func(ctx context.Context, user string, dry bool, _ mfa.Secret) (mfa.Done, error) {
			return callFor(ctx, a, f.about(user), mfa.Service.RevokeSessions, mfa.RevokeSessionsRequest{User: user, Session: session, Change: f.change(dry)})
		},
	}
	cmd.RunE = a.writeCommand("end sessions", func(ctx context.Context, args []string) error {
		if session != "" && f.many.asked(args) {
			return mfa.UsageError("--session", "one session cannot be that of many users")
		}
		return c.run(ctx, a, args)
	})
	return cmd
}

func revokedView(out mfa.Done) view {
	what := plural(out.Ended, "session") + " ended"
	if out.DryRun {
		what = plural(out.Ended, "session") + " would end"
	}
	return doneView(what, out)
}
