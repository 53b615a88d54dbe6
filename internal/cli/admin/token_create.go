package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newTokenCreate(a *app.App) *cobra.Command {
	var req mfa.CreateTokenRequest
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use: "create", Short: "Make an API token, by which a program acts in somebody's name", Args: app.Exactly(),
		Long: `Make an API token. At each request it may do what both --allow and its owner's
role give; nothing that needs a password, but for what the rule unattended_reset
leaves to it. It is shown this once.

` + permissionHelp(),
		Example: `  mfactl admin users create ci@acme.example --service --role helpdesk
  mfactl admin tokens create --for ci@acme.example --name deploy --allow users:read,users:lock --save token
  MFACTL_TOKEN=$(cat token) mfactl admin users list`,
	}
	f := cmd.Flags()
	f.StringVar(&req.For, "for", "", "the `user` in whose name it acts (default: you)")
	f.StringVar(&req.Name, "name", "", "what it is called, such as deploy (default: token)")
	allow := issueFlags(cmd, &req.Expires, &r, "how long it lives, such as 30d (default: 30d, or what the policy allows)")
	changeFlags(cmd, nil, &req.Change)
	return a.WriteCommand(cmd, "make a token", func(ctx context.Context, _ []string) error {
		if req.For != "" {
			req.For = a.UserName(req.For)
		}
		req.Permissions = permissionsOf(*allow)
		return issueToken(ctx, a, &r, req.DryRun, func() (mfa.TokenIssued, error) {
			return app.Call(ctx, a, mfa.Service.CreateToken, req)
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
for 10 minutes, though the old one is dead.`,
		Example: `  mfactl admin tokens rotate --token-file token --grace 10m --save token.new && mv token.new token
  mfactl admin tokens rotate ID --reveal -o json`,
	}
	allow := issueFlags(cmd, &req.Expires, &r, "how long the new one lives, such as 7d (default: as long as the old one)")
	app.SpanFlag(cmd, &req.Grace, "grace", "how long the old one lives on, such as 10m; at most 24h")
	changeFlags(cmd, nil, &req.Change)
	return a.WriteCommand(cmd, "replace a token", func(ctx context.Context, args []string) error {
		switch {
		case len(args) == 1:
			req.ID = args[0]
		case a.TokenFrom() == "":
			return mfa.UsageError("ID", "missing: without it, the token in use is replaced, and none is").WithHint("%s", cmd.UseLine())
		}
		req.Permissions = permissionsOf(*allow)
		return issueToken(ctx, a, &r, req.DryRun, func() (mfa.TokenIssued, error) {
			return app.Call(ctx, a, mfa.Service.RotateToken, req)
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
	return a.Give(ctx, r, "the token was made", tokenSecret(a, out), func(a *app.App, open bool) app.View { return issuedView(a, out, open) })
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
	v.Header, v.Rows[0] = append(v.Header, "TOKEN"), append(v.Rows[0], shown(out.Token, open))
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
