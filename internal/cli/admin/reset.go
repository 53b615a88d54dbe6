package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newReset(a *app.App) *cobra.Command {
	f := &app.UserCommandFlags{}
	var way resetWay
	cmd := &cobra.Command{
		Use:   "reset-2fa USER | -",
		Short: "Reset a user's 2FA and give a 24-hour recovery code",
		Long: `Remove a user's factors and backup codes, end their sessions, and give a
recovery code. With their password it signs them in once within 24 hours, only
to set up 2FA anew. Your own password is the confirmation; a token gives none, and
resets only where the rule unattended_reset says so. API tokens stay.

With "-" the users come from standard input, one a line, and each is answered in
a line of JSON.`,
		Example: `  mfactl admin reset-2fa alice@acme.example --reason "lost phone #4411"
  mfactl admin reset-2fa alice@acme.example --reason R --password-file P --yes --reveal -o json
  cut -d, -f1 lost.csv | mfactl admin reset-2fa - --reason R --password-file P --yes --save codes.jsonl`,
	}
	f.Flags(cmd, "do not show what will be removed first")
	f.Secrets(cmd)
	newCode := cmd.Flags().Bool("new-code", false, "kill a recovery code that still lives and give another")
	revoke := cmd.Flags().Bool("revoke-tokens", false, "end the user's API tokens too")
	way.flags(cmd)
	return a.WriteCommand(cmd, "reset 2FA", func(ctx context.Context, args []string) error {
		if err := way.check(a, f); err != nil {
			return err
		}
		if way.breakGlass && *revoke {
			return mfa.UsageError("--revoke-tokens", "not with --break-glass").WithHint("mfactl admin tokens revoke, once somebody can sign in")
		}
		c := app.UserCommand[mfa.ResetReport]{
			UserCommandFlags: f, Doing: "reset 2FA for", OneTime: !way.request, AskPassword: !way.breakGlass && a.TokenFrom() == "", AlwaysConfirm: true, Done: "2FA was reset",
			Result: func(r *mfa.ResetReport) (bool, *bool) { return r.Changed, &r.DryRun },
			Render: resetView, Confirm: askReset(a, way), Secret: recoveryCode,
			Call: func(ctx context.Context, user string, dry bool, password mfa.Secret) (mfa.ResetReport, error) {
				if way.breakGlass {
					return direct(ctx, a, "BreakGlassReset", f.About(user), (*engine.Engine).BreakGlassReset, mfa.BreakGlassRequest{
						User: user, Change: f.Change(dry), NewCode: *newCode,
					})
				}
				return app.CallFor(ctx, a, f.About(user), mfa.Service.Reset, mfa.ResetRequest{
					User: user, Password: password, Change: f.Change(dry), NewCode: *newCode, RevokeTokens: *revoke, Request: way.request,
				})
			},
		}
		return c.Run(ctx, a, args)
	})
}

// askReset shows who the user is, what will be removed, and what the user will
// have to do. The password is the confirmation. Break-glass has none, so it has the address
// typed, as it is for a user who has permissions over others.
func askReset(a *app.App, way resetWay) func(context.Context, mfa.ResetReport) error {
	return func(ctx context.Context, p mfa.ResetReport) error {
		t := p.Target
		seen := "never signed in"
		if t.LastSignInAt != nil {
			seen = "last sign-in " + a.TimeAway(*t.LastSignInAt)
		}
		a.Term.Say("%s  %s of %s, %s, %s in 30 days", t.Email, t.Role, t.Community, seen, app.Plural(t.RecentResets, "reset"))
		a.Term.Say("Removes %s. They must set up 2FA again.", removed(p.Removed, "authenticator"))
		if kept := t.Tokens - p.Removed.Tokens; kept > 0 {
			a.Term.Say("Keeps %s, unless you add --revoke-tokens.", app.Plural(kept, "API token"))
		}
		return way.confirmReset(ctx, a, t)
	}
}

// recoveryCode is the code to hand over.
func recoveryCode(a *app.App, out mfa.ResetReport) *app.Secret {
	if out.RecoveryCode.IsZero() {
		return nil
	}
	return &app.Secret{
		Title: fmt.Sprintf("Recovery code of %s, valid once, until %s", out.User, a.TimeInWords(out.ExpiresAt)),
		Items: []string{out.RecoveryCode.Reveal()}, Spell: true,
		Note: []string{"Send it over a secure channel, not by e-mail. Notice queued."},
		Name: "mfactl recovery code of " + out.User + ", valid once, until " + app.Timestamp(out.ExpiresAt),
		File: "mfactl-recovery-code.txt",
	}
}

func resetView(a *app.App, out mfa.ResetReport, open bool) app.View {
	return app.View{
		Kind: "Reset", Data: out, Names: []string{out.User}, Secret: open, Lossy: open && out.Changed,
		Header: []string{"USER", "CHANGED", "RECOVERY CODE", "EXPIRES", "REQUEST"},
		Rows:   [][]string{{out.User, app.YesNo(out.Changed), shown(out.RecoveryCode, open), app.Timestamp(out.ExpiresAt), requestID(out.Request)}},
		Say:    func() string { return sayReset(a, out, open) },
	}
}

func sayReset(a *app.App, out mfa.ResetReport, open bool) string {
	switch {
	case out.Request != nil:
		return sayFiled(a, *out.Request, out.Changed, out.DryRun)
	case out.DryRun && out.Changed:
		return app.Line("%s: would remove %s and give a recovery code", out.User, removed(out.Removed, "authenticator"))
	case !out.Changed && out.State == mfa.StateOff:
		return app.Line("%s: 2FA is off, nothing to reset", out.User)
	case !out.Changed:
		return app.Line("%s: a recovery code lives until %s; --new-code gives another", out.User, a.TimeInWords(out.ExpiresAt))
	}
	text := ""
	if open {
		text = app.Line("Recovery code  %s   valid once, until %s", out.RecoveryCode.Reveal(), a.TimeInWords(out.ExpiresAt)) +
			app.Line("Send it over a secure channel, not by e-mail. Notice queued.")
	}
	text += app.Line("%s: 2FA reset (event %d)", out.User, out.Event)
	if kept := out.Target.Tokens - out.Removed.Tokens; kept > 0 {
		text += app.Line("%s kept: mfactl admin tokens list %s", app.Plural(kept, "API token"), mfa.ShellWord(out.User))
	}
	return text
}

// removed lists what a reset or a deletion takes away.
func removed(r mfa.Removed, factor string) string {
	text := app.Plural(r.Factors, factor) + ", " + app.Plural(r.BackupCodes, "backup code") + ", " + app.Plural(r.Sessions, "session")
	if r.Tokens > 0 {
		text += ", " + app.Plural(r.Tokens, "API token")
	}
	return text
}
