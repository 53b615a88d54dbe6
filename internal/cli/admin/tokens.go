package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newTokenList(a *app.App) *cobra.Command {
	var req mfa.ListTokensRequest
	cmd := &cobra.Command{
		Use: "list [USER]", Aliases: []string{"ls"}, Short: "List API tokens, of a user or all", Args: app.AtMostOne(),
		Example: `  mfactl admin tokens list
  mfactl admin tokens list ci@acme.example -o json`,
	}
	cmd.Flags().StringVarP(&req.Community, "community", "c", "", "only this `community`")
	app.LimitFlag(cmd, &req.Limit)
	return a.ReadCommand(cmd, "list tokens", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			req.User = a.UserName(args[0])
		}
		items, err := allTokens(ctx, a, req)
		if err != nil {
			return err
		}
		return a.Print(app.ListView("TokenList", items, tokenTable(items), func(k mfa.TokenInfo) string { return k.ID }))
	})
}

func allTokens(ctx context.Context, a *app.App, req mfa.ListTokensRequest) ([]mfa.TokenInfo, error) {
	return app.Gather(a, req.Limit, func(after string, most int) ([]mfa.TokenInfo, string, error) {
		req.After, req.Limit = after, most
		page, err := app.Call(ctx, a, mfa.Service.ListTokens, req)
		return page.Items, page.Next, err
	})
}

func tokenTable(items []mfa.TokenInfo) term.Table {
	t := term.Table{Header: []string{"ID", "NAME", "USER", "COMMUNITY", "PERMISSIONS", "CREATED", "CREATED BY", "EXPIRES", "LAST USED", "SUSPENDED", "SUCCESSOR"}}
	for _, k := range items {
		used := ""
		if k.LastUsedAt != nil {
			used = app.Timestamp(*k.LastUsedAt)
		}
		t.Rows = append(t.Rows, []string{
			k.ID, k.Name, k.User, k.Community, joined(k.Permissions), app.Timestamp(k.CreatedAt), k.CreatedBy, app.Timestamp(k.ExpiresAt), used,
			app.YesNo(k.Suspended), k.Successor,
		})
	}
	return t
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
	return a.WriteCommand(cmd, "revoke a token", func(ctx context.Context, args []string) error {
		req.ID = args[0]
		out, err := app.Call(ctx, a, mfa.Service.RevokeToken, req)
		if err != nil {
			return err
		}
		if out.Changed && !out.DryRun {
			a.Done = "the token was revoked"
		}
		return a.Print(app.View{
			Kind: "Token", Data: out, Names: []string{out.ID}, Table: tokenTable([]mfa.TokenInfo{out.TokenInfo}),
			Say: func() string { return sayRevoked(out) },
		})
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
