package admin

import (
	"context"
	"slices"

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
		return app.PrintPages(a, tokens(), req.Limit, func(after string, most int) ([]mfa.TokenInfo, []mfa.DamagedRow, string, error) {
			next := req
			next.After, next.Limit = after, most
			page, err := app.Call(ctx, a, mfa.Service.ListTokens, next)
			return page.Items, page.Damaged, page.Next, err
		})
	})
}

// chainColumns are how many columns of tokens are about the chain. They came after the column
// of a new token, and a column keeps its place.
const chainColumns = 2

func tokens() app.Items[mfa.TokenInfo] {
	return app.Items[mfa.TokenInfo]{
		Kind:   "Token",
		Header: []string{"ID", "NAME", "USER", "COMMUNITY", "PERMISSIONS", "CREATED", "CREATED BY", "EXPIRES", "LAST USED", "SUSPENDED", "SUCCESSOR", "CHAIN", "CHAIN ENDS"},
		Name:   func(k mfa.TokenInfo) string { return k.ID },
		Row: func(k mfa.TokenInfo) []string {
			return []string{
				k.ID, k.Name, k.User, k.Community, joined(k.Permissions), app.Timestamp(k.CreatedAt), k.CreatedBy, app.Timestamp(k.ExpiresAt),
				app.TimestampOf(k.LastUsedAt), app.YesNo(k.Suspended), k.Successor, k.Chain, app.Timestamp(k.ChainEndsAt),
			}
		},
	}
}

func newTokenRevoke(a *app.App) *cobra.Command {
	var req mfa.RevokeTokenRequest
	cmd := &cobra.Command{
		Use: "revoke ID", Aliases: []string{"rm"}, Short: "End an API token and its chain at once", Args: app.Exactly("ID"),
		Long: `End an API token at once, with its chain: all tokens that it replaced and that
replaced it. ID is the id of any token of the chain, also of one that has ended. If
nothing is left of the chain, the answer is "changed": false and exit status 0, so
that a job may do it again.`,
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
			v.Done = "the token and its chain were revoked"
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
	return app.Line("%s: token %q revoked, with its chain %s: %d ended", out.User, out.Name, out.Chain, len(out.Ended))
}

func newTokenCreate(a *app.App) *cobra.Command {
	var req mfa.CreateTokenRequest
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use: "create", Short: "Make an API token, by which a program acts in somebody's name", Args: app.Exactly(),
		Long: `Make an API token. At each request it may do what both --allow and its owner's
role give; nothing that needs a password, but for what the rule unattended_reset
leaves to it. It acts for you or, with --for, for a service account; for no other
person. It is shown this once.

` + permissionHelp(),
		Example: `  mfactl admin users create ci@acme.example --service --role helpdesk
  mfactl admin tokens create --for ci@acme.example --name deploy --allow users:read,users:lock --save token
  MFACTL_TOKEN=$(cat token) mfactl admin users list`,
	}
	f := cmd.Flags()
	f.StringVar(&req.For, "for", "", "the service account in whose name it acts, a `user` (default: you)")
	f.StringVar(&req.Name, "name", "", "what it is called, such as deploy (default: token)")
	allow := issueFlags(cmd, &req.Expires, &r, "how long it lives, such as 30d (default: 30d, or what the policy allows)")
	changeFlags(cmd, nil, &req.Change)
	password := app.SecretFlags(cmd, "password", "your own password")
	return a.WriteCommand(cmd, "make a token", func(ctx context.Context, _ []string) error {
		if req.For != "" {
			req.For = a.UserName(req.For)
		}
		req.Permissions = permissionsOf(*allow)
		return issueToken(ctx, a, &r, req.DryRun, func() (mfa.TokenIssued, error) {
			return app.CallProving(ctx, a, "", password, req.DryRun, mfa.Service.CreateToken, func(p mfa.Secret) mfa.CreateTokenRequest {
				req.Password = p
				return req
			})
		})
	})
}

func newTokenRotate(a *app.App) *cobra.Command {
	var req mfa.RotateTokenRequest
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use: "rotate [ID]", Short: "Replace an API token by a new one: the one in use, or that of an ID", Args: app.AtMostOne(),
		Long: `Replace an API token by a new one of the same name, with the same permissions or
fewer, for as long or shorter. The old one ends at once, or after --grace. If the
answer was lost, the same command with its --idempotency-key gives the same token
for 10 minutes, though the old one is dead.

The tokens that replace one another are a chain. A chain ends when the rule
token_chain_max says so, counted from its first token; then create a new token. At most
5 tokens of a chain are valid at a time, so a --grace may have to wait.`,
		Example: `  mfactl admin tokens rotate --token-file token --grace 10m --save token.new && mv token.new token
  mfactl admin tokens rotate ID --reveal -o json`,
	}
	allow := issueFlags(cmd, &req.Expires, &r, "how long the new one lives, such as 7d (default: as long as the old one)")
	app.SpanFlag(cmd, &req.Grace, "grace", "how long the old one lives on, such as 10m; at most 24h")
	changeFlags(cmd, nil, &req.Change)
	password := app.SecretFlags(cmd, "password", "your own password")
	return a.WriteCommand(cmd, "replace a token", func(ctx context.Context, args []string) error {
		switch {
		case len(args) == 1:
			req.ID = args[0]
		case a.TokenFrom() == "":
			return mfa.UsageError("ID", "missing: without it, the token in use is replaced, and none is").WithHint("%s", cmd.UseLine())
		}
		req.Permissions = permissionsOf(*allow)
		return issueToken(ctx, a, &r, req.DryRun, func() (mfa.TokenIssued, error) {
			return app.CallProving(ctx, a, "", password, req.DryRun, mfa.Service.RotateToken, func(p mfa.Secret) mfa.RotateTokenRequest {
				req.Password = p
				return req
			})
		})
	})
}

// issueFlags adds what a new token is given, and returns the permissions.
func issueFlags(cmd *cobra.Command, expires *mfa.Span, r *app.SecretOutput, life string) (allow *[]string) {
	app.LifetimeFlag(cmd, expires, "expires", life)
	r.Flags(cmd)
	return cmd.Flags().StringSlice("allow", nil, "`permissions` it has; with commas, or repeated")
}

// issueToken has a token made and hands it over.
func issueToken(ctx context.Context, a *app.App, r *app.SecretOutput, dry bool, make func() (mfa.TokenIssued, error)) (err error) {
	if !dry {
		if err := a.PlanSecret(r); err != nil {
			return err
		}
		defer func() { r.Drop(err) }()
	}
	out, err := make()
	if err != nil {
		return err
	}
	if dry {
		return a.Print(issuedView(a, out, false))
	}
	return a.Give(ctx, r, "the token was made", tokenSecret(a, out), func(open bool) app.View { return issuedView(a, out, open) })
}

// tokenSecret is the token to hand over: a file of it holds nothing else, so that
// a program can read it.
func tokenSecret(a *app.App, out mfa.TokenIssued) *app.Secret {
	return &app.Secret{
		Title: "API token of " + out.User + ", until " + a.TimeInWords(out.ExpiresAt),
		Items: []string{out.Token.Reveal()},
		Note:  []string{"It is shown this once. Whoever has it may do: " + joined(out.Permissions)},
		File:  "mfactl-token.txt",
	}
}

func issuedView(a *app.App, out mfa.TokenIssued, open bool) app.View {
	v := tokens().One(out.TokenInfo, out, func() string { return sayIssued(a, out, open) })
	v.Secret, v.Lossy = open, open && !out.DryRun
	at := len(v.Header) - chainColumns
	v.Header, v.Rows[0] = slices.Insert(v.Header, at, "TOKEN"), slices.Insert(v.Rows[0], at, shown(out.Token, open))
	return v
}

// shown is a secret in the table of an answer: empty unless it may be seen.
func shown(secret mfa.Secret, open bool) string {
	if open {
		return secret.Reveal()
	}
	return ""
}

func sayIssued(a *app.App, out mfa.TokenIssued, open bool) string {
	text := app.Line("%s: token %q (%s), %s, until %s", out.User, out.Name, out.ID, joined(out.Permissions), a.TimeInWords(out.ExpiresAt))
	if out.DryRun {
		text = app.Line("%s: token %q would be made, %s, until %s", out.User, out.Name, joined(out.Permissions), a.TimeInWords(out.ExpiresAt))
	}
	if out.ReplacedUntil != nil {
		text += app.Line("%s ends %s", out.Replaced, a.TimeInWords(*out.ReplacedUntil))
	}
	if open {
		text += app.Line("Token:") + app.Line("%s", out.Token.Reveal()) // alone, so that it is copied alone
	}
	return text
}
