package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newReset(a *App) *cobra.Command {
	f := &userCommandFlags{}
	var newCode, revoke bool
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
	f.flags(cmd, "do not show what will be removed first")
	f.secrets(cmd)
	cmd.Flags().BoolVar(&newCode, "new-code", false, "kill a recovery code that still lives and give another")
	cmd.Flags().BoolVar(&revoke, "revoke-tokens", false, "end the user's API tokens too")
	way.flags(cmd)
	cmd.RunE = a.writeCommand("reset 2FA", func(ctx context.Context, args []string) error {
		if err := way.check(a, f); err != nil {
			return err
		}
		if way.breakGlass && revoke {
			return mfa.UsageError("--revoke-tokens", "not with --break-glass").WithHint("mfactl admin tokens revoke, once somebody can sign in")
		}
		c := userCommand[mfa.ResetReport]{
			userCommandFlags: f, doing: "reset 2FA for", oneTime: !way.request, password: !way.breakGlass && a.tokenFrom() == "", always: true, done: "2FA was reset",
			result: func(r *mfa.ResetReport) (bool, *bool) { return r.Changed, &r.DryRun },
			render: resetView, confirm: askReset(a, way), secret: recoveryCode,
			call: func(ctx context.Context, user string, dry bool, password mfa.Secret) (mfa.ResetReport, error) {
				if way.breakGlass {
					return direct(ctx, a, "BreakGlassReset", f.about(user), (*engine.Engine).BreakGlassReset, mfa.BreakGlassRequest{
						User: user, Change: f.change(dry), NewCode: newCode,
					})
				}
				return callFor(ctx, a, f.about(user), mfa.Service.Reset, mfa.ResetRequest{
					User: user, Password: password, Change: f.change(dry), NewCode: newCode, RevokeTokens: revoke, Request: way.request,
				})
			},
		}
		return c.run(ctx, a, args)
	})
	return cmd
}

// askReset shows who the user is, what will be removed, and what the user will
// have to do. The password is the confirmation; break-glass has none, and
// whoever has permissions over others is named.
func askReset(a *App, way resetWay) func(context.Context, mfa.ResetReport) error {
	return func(ctx context.Context, p mfa.ResetReport) error {
		t := p.Target
		seen := "never signed in"
		if t.LastSignInAt != nil {
			seen = "last sign-in " + a.away(*t.LastSignInAt)
		}
		a.term.Say("%s  %s of %s, %s, %s in 30 days", t.Email, t.Role, t.Community, seen, plural(t.RecentResets, "reset"))
		a.term.Say("Removes %s. They must set up 2FA again.", removed(p.Removed, "authenticator"))
		if kept := t.Tokens - p.Removed.Tokens; kept > 0 {
			a.term.Say("Keeps %s, unless you add --revoke-tokens.", plural(kept, "API token"))
		}
		return way.confirm(ctx, a, t)
	}
}

// recoveryCode is the code to hand over.
func recoveryCode(a *App, out mfa.ResetReport) *secret {
	if out.RecoveryCode.IsZero() {
		return nil
	}
	return &secret{
		title: fmt.Sprintf("Recovery code of %s, valid once, until %s", out.User, a.people(out.ExpiresAt)),
		items: []string{out.RecoveryCode.Reveal()}, spell: true,
		note: []string{"Send it over a secure channel, not by e-mail. Notice queued."},
		name: "mfactl recovery code of " + out.User + ", valid once, until " + stamp(out.ExpiresAt),
		file: "mfactl-recovery-code.txt",
	}
}

func resetView(a *App, out mfa.ResetReport, open bool) view {
	v := view{
		kind: "Reset", data: out, names: []string{out.User}, secret: open, lossy: open && out.Changed,
		table: term.Table{
			Header: []string{"USER", "CHANGED", "RECOVERY CODE", "EXPIRES", "REQUEST"},
			Rows:   [][]string{{out.User, yesNo(out.Changed), "", stamp(out.ExpiresAt), requestID(out.Request)}},
		},
	}
	if open {
		v.table.Rows[0][2] = out.RecoveryCode.Reveal()
	}
	v.say = func() string { return sayReset(a, out, open) }
	return v
}

func sayReset(a *App, out mfa.ResetReport, open bool) string {
	switch {
	case out.Request != nil:
		return sayFiled(a, *out.Request, out.Changed, out.DryRun)
	case out.DryRun && out.Changed:
		return line("%s: would remove %s and give a recovery code", out.User, removed(out.Removed, "authenticator"))
	case !out.Changed && out.State == mfa.StateOff:
		return line("%s: 2FA is off, nothing to reset", out.User)
	case !out.Changed:
		return line("%s: a recovery code lives until %s; --new-code gives another", out.User, a.people(out.ExpiresAt))
	}
	text := ""
	if open {
		text = line("Recovery code  %s   valid once, until %s", out.RecoveryCode.Reveal(), a.people(out.ExpiresAt)) +
			line("Send it over a secure channel, not by e-mail. Notice queued.")
	}
	text += line("%s: 2FA reset (event %d)", out.User, out.Event)
	if kept := out.Target.Tokens - out.Removed.Tokens; kept > 0 {
		text += line("%s kept: mfactl admin tokens list %s", plural(kept, "API token"), mfa.ShellWord(out.User))
	}
	return text
}

// removed lists what a reset or a deletion takes away.
func removed(r mfa.Removed, factor string) string {
	text := plural(r.Factors, factor) + ", " + plural(r.BackupCodes, "backup code") + ", " + plural(r.Sessions, "session")
	if r.Tokens > 0 {
		text += ", " + plural(r.Tokens, "API token")
	}
	return text
}
