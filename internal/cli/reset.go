package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// resetOptions are what a reset is given, be it of 2FA or of a password.
type resetOptions struct {
	user     string
	reason   string
	password source
	yes      bool
	newCode  bool
	dryRun   bool
	reveal   reveal
}

// flags adds what every reset takes; yes says what --yes spares.
func (o *resetOptions) flags(cmd *cobra.Command, yes string) {
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "why; it goes into the audit trail and the user's notice")
	f.BoolVarP(&o.yes, "yes", "y", false, yes)
	f.BoolVar(&o.dryRun, "dry-run", false, "tell what would happen, change nothing")
	secretFlags(cmd, &o.password, "password", "your own password")
	o.reveal.flags(cmd)
}

func newReset(a *App) *cobra.Command {
	var o resetOptions
	cmd := &cobra.Command{
		Use:   "reset-2fa USER",
		Short: "Reset a user's 2FA and give a 24-hour recovery code",
		Long: `Remove a user's factors and backup codes, end their sessions, and give a
recovery code. With their password it signs them in once within 24 hours, only
to set up 2FA anew. Your own password is the confirmation.`,
		Example: `  mfactl admin reset-2fa alice@acme.example --reason "lost phone #4411"
  mfactl admin reset-2fa alice@acme.example --reason R --password-file P --yes --reveal -o json`,
		Args: exactly("USER"),
	}
	o.flags(cmd, "do not show what will be removed first")
	cmd.Flags().BoolVar(&o.newCode, "new-code", false, "kill a recovery code that still lives and give another")
	cmd.RunE = a.run("reset 2FA", func(ctx context.Context, args []string) error {
		o.user = a.user(args[0])
		a.doing = "reset 2FA for " + o.user
		return a.runReset(ctx, o)
	})
	return cmd
}

func (a *App) runReset(ctx context.Context, o resetOptions) (err error) {
	req := mfa.ResetRequest{User: o.user, Reason: o.reason, NewCode: o.newCode, DryRun: true}
	if !o.dryRun {
		if err := a.plan(&o.reveal); err != nil {
			return err
		}
		defer func() { o.reveal.drop(err) }()
		if !o.yes && !a.term.CanPrompt() {
			return mfa.Bad("--yes", "missing, and there is no terminal to ask on")
		}
	}
	s, call, err := a.own(ctx, "Reset")
	if err != nil {
		return err
	}
	preview, err := s.Reset(call, req)
	if err != nil || o.dryRun {
		if err == nil {
			err = a.print(a.resetView(preview, false))
		}
		return err
	}
	if !o.yes && preview.Changed {
		a.sayPreview(preview)
	}
	if !preview.Changed && a.flags.key == "" {
		o.reveal.drop(mfa.Conflict)
		preview.DryRun = false
		return a.print(a.resetView(preview, false))
	}
	if req.Password, err = a.password(ctx, o.password, "Your password"); err != nil {
		return err
	}
	req.DryRun = false
	if s, call, err = a.own(ctx, "Reset"); err != nil {
		return err
	}
	out, err := s.Reset(call, req)
	if err != nil {
		return err
	}
	return a.giveRecovery(ctx, &o.reveal, out)
}

// sayPreview tells who the user is, what will be removed, and what the user
// will have to do.
func (a *App) sayPreview(p mfa.ResetReport) {
	t := p.Target
	seen := "never signed in"
	if t.LastSignInAt != nil {
		seen = "last sign-in " + a.away(*t.LastSignInAt)
	}
	a.term.Say("%s  %s of %s, %s, %s in 30 days", t.Email, t.Role, t.Community, seen, plural(t.RecentResets, "reset"))
	a.term.Say("Removes %s, %s, %s. They must set up 2FA again.", plural(p.Removed.Factors, "authenticator"),
		plural(p.Removed.BackupCodes, "backup code"), plural(p.Removed.Sessions, "session"))
}

// giveRecovery hands over the recovery code.
func (a *App) giveRecovery(ctx context.Context, r *reveal, out mfa.ResetReport) error {
	if !out.Changed {
		r.drop(mfa.Conflict)
		return a.print(a.resetView(out, false))
	}
	a.done = "2FA was reset"
	err := a.hand(ctx, r, secret{
		title: fmt.Sprintf("Recovery code of %s, valid once, until %s", out.User, a.people(out.ExpiresAt)),
		items: []string{out.RecoveryCode.Reveal()}, spell: true,
		note: []string{"Send it over a secure channel, not by e-mail. Notice queued."},
		name: "mfactl recovery code of " + out.User + ", valid once, until " + stamp(out.ExpiresAt),
	})
	r.file = nil
	if err != nil {
		return err
	}
	return a.print(a.resetView(out, r.open()))
}

func (a *App) resetView(out mfa.ResetReport, open bool) view {
	v := view{
		kind: "Reset", data: out, names: []string{out.User}, secret: open, lossy: open && out.Changed,
		table: term.Table{
			Header: []string{"USER", "CHANGED", "RECOVERY CODE", "EXPIRES"},
			Rows:   [][]string{{out.User, yesNo(out.Changed), "", stamp(out.ExpiresAt)}},
		},
	}
	if open {
		v.table.Rows[0][2] = out.RecoveryCode.Reveal()
	}
	v.say = func() string { return a.sayReset(out, open) }
	return v
}

func (a *App) sayReset(out mfa.ResetReport, open bool) string {
	switch {
	case out.DryRun && out.Changed:
		return line("%s: would remove %s, %s, %s and give a recovery code", out.User,
			plural(out.Removed.Factors, "authenticator"), plural(out.Removed.BackupCodes, "backup code"),
			plural(out.Removed.Sessions, "session"))
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
	return text + line("%s: 2FA reset (event %d)", out.User, out.Event)
}
