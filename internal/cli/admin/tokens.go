package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newTokenList(a *app.App) *cobra.Command {
	var req mfa.ListTokensRequest
	cmd := &cobra.Command{
		Use: "list [USER]", Aliases: []string{"ls"}, Short: "List API tokens, of a user or all", Args: app.AtMostOne(),
		Example: `  mfactl admin tokens list
  mfactl admin tokens list ci@acme.example -o json`,
	}
	listFlags(cmd, &req.Community, &req.Limit)
	return a.ReadCommand(cmd, "list tokens", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			req.User = a.UserName(args[0])
		}
		return app.PrintPages(a, tokens(), req.Limit, func(after string, most int) ([]mfa.TokenInfo, string, error) {
			next := req
			next.After, next.Limit = after, most
			page, err := app.Call(ctx, a, mfa.Service.ListTokens, next)
			return page.Items, page.Next, err
		})
	})
}

func tokens() app.Items[mfa.TokenInfo] {
	return app.Items[mfa.TokenInfo]{
		Kind:   "Token",
		Header: []string{"ID", "NAME", "USER", "COMMUNITY", "PERMISSIONS", "CREATED", "CREATED BY", "EXPIRES", "LAST USED", "SUSPENDED", "SUCCESSOR"},
		Name:   func(k mfa.TokenInfo) string { return k.ID },
		Row: func(k mfa.TokenInfo) []string {
			return []string{
				k.ID, k.Name, k.User, k.Community, joined(k.Permissions), app.Timestamp(k.CreatedAt), k.CreatedBy, app.Timestamp(k.ExpiresAt),
				app.TimestampOf(k.LastUsedAt), app.YesNo(k.Suspended), k.Successor,
			}
		},
	}
}

func newTokenRevoke(a *app.App) *cobra.Command {
	var req mfa.RevokeTokenRequest
	cmd := &cobra.Command{
		Use: "revoke ID", Aliases: []string{"rm"}, Short: "End an API token at once", Args: app.Exactly("ID"),
		Long: `End an API token at once. One that is not there is answered with "changed": false
and exit status 0, so that a job may do it again.`,
		Example: `  mfactl admin tokens revoke 01KKNTSD0GNHXWTSS0AX27GVNV --reason "leaked in a log"`,
	}
	changeFlags(cmd, nil, &req.Change)
	revoke := func(ctx context.Context, args []string) (mfa.TokenRevoked, error) {
		req.ID = args[0]
		return app.Call(ctx, a, mfa.Service.RevokeToken, req)
	}
	return app.Act(a, cmd, "revoke a token", revoke, func(_ *app.App, out mfa.TokenRevoked) app.View {
		v := tokens().One(out.TokenInfo, out, func() string { return sayRevoked(out) })
		if out.Changed && !out.DryRun {
			v.Done = "the token was revoked"
		}
		return v
	})
}

func sayRevoked(out mfa.TokenRevoked) string {
	switch {
	case !out.Changed:
		return app.Line("%s: no such token, nothing to do", out.ID)
	case out.DryRun:
		return app.Line("%s: token %q would be revoked", out.User, out.Name)
	}
	return app.Line("%s: token %q revoked", out.User, out.Name)
}
