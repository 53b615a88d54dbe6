package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// deed is one act that is done to a user, or to each of a list: checked without
// change first, shown, confirmed, and then done.
type deed[R any] struct {
	*deedFlags
	doing    string // "reset 2FA for": for errors, the user follows
	secret   bool   // its answer may hold a one-time secret
	password bool   // the caller's own is asked for
	always   bool   // it is always confirmed, and not only for some

	// try does it, or with dry only tells what it would do. bulk: its call is
	// named after the user, so that a retry finds it wherever it stands in a list.
	try   func(ctx context.Context, user string, dry bool, password mfa.Secret) (R, error)
	state func(*R) (changed bool, dry *bool)
	view  func(out R, open bool) view
	ask   func(ctx context.Context, preview R) error // unless --yes was given
	give  func(out R) *secret                        // what to hand over; nil where none was made
	done  string                                     // what is true then
}

// deedFlags is what every act on others is given.
type deedFlags struct {
	reason string
	yes    bool
	dry    bool
	many   list
	reveal reveal
	typed  source // the caller's own password
}

// flags adds the flags; yes says what --yes spares.
func (d *deedFlags) flags(cmd *cobra.Command, yes string) {
	f := cmd.Flags()
	f.StringVar(&d.reason, "reason", "", "why; it goes into the audit trail and the user's notice")
	f.BoolVarP(&d.yes, "yes", "y", false, yes)
	f.BoolVar(&d.dry, "dry-run", false, "tell what would happen, change nothing")
	d.many.flags(cmd)
}

// secrets adds the flags of an act that asks for a password and gives a secret.
func (d *deedFlags) secrets(cmd *cobra.Command) {
	secretFlags(cmd, &d.typed, "password", "your own password")
	d.reveal.flags(cmd)
	d.many.secrets(cmd)
}

// change is what a request says beside what is to change.
func (d *deedFlags) change(dry bool) mfa.Change { return mfa.Change{Reason: d.reason, DryRun: dry} }

// about names the user in the key of a call, where it is one of many.
func (d *deedFlags) about(user string) string {
	if d.many.csv == "" && !d.many.listed {
		return ""
	}
	return user
}

// do does a deed to the users that were named.
func (d deed[R]) do(ctx context.Context, a *App, args []string) error {
	if d.many.asked(args) {
		d.many.listed, d.always = true, true
		return d.each(ctx, a)
	}
	user := a.user(args[0])
	a.doing = d.doing + " " + user
	return d.one(ctx, a, user)
}

// one does it to one user.
func (d deed[R]) one(ctx context.Context, a *App, user string) (err error) {
	if d.secret && !d.dry {
		if err := a.plan(&d.reveal); err != nil {
			return err
		}
		defer func() { d.reveal.drop(err) }()
	}
	if err := d.canConfirm(a); err != nil {
		return err
	}
	var out R
	if d.looksFirst(a) {
		if out, err = d.try(ctx, user, true, mfa.Secret{}); err != nil {
			return err
		}
		changed, dry := d.state(&out)
		if d.dry || !changed && a.flags.key == "" {
			d.reveal.drop(mfa.Conflict)
			*dry = d.dry
			return a.print(d.view(out, false))
		}
		if changed && d.asks(a) {
			if err := d.ask(ctx, out); err != nil {
				return err
			}
		}
	}
	var password mfa.Secret
	if d.password {
		if password, err = a.password(ctx, d.typed, "Your password"); err != nil {
			return err
		}
	}
	if out, err = d.try(ctx, user, false, password); err != nil {
		return err
	}
	return d.hand(ctx, a, out)
}

// canConfirm makes sure that a confirmation can be had where one is needed.
func (d deed[R]) canConfirm(a *App) error {
	if d.always && !d.dry && !d.yes && !a.term.CanPrompt() {
		return mfa.Bad("--yes", "missing, and there is no terminal to ask on")
	}
	return nil
}

// asks reports whether somebody is to confirm it.
func (d deed[R]) asks(a *App) bool { return !d.yes && d.ask != nil && a.term.CanPrompt() }

// looksFirst reports whether what it would do is to be known first: it is all
// that is wanted, somebody confirms it, or a password would be asked for that may
// not be needed. Else one call is enough.
func (d deed[R]) looksFirst(a *App) bool {
	return d.dry || d.asks(a) || d.password && !d.typed.given()
}

// hand gives over what was made and tells of it.
func (d deed[R]) hand(ctx context.Context, a *App, out R) error {
	if changed, _ := d.state(&out); changed {
		a.done = d.done
	}
	if d.give != nil {
		if secret := d.give(out); secret != nil {
			err := a.hand(ctx, &d.reveal, *secret)
			d.reveal.file = nil
			if err != nil {
				return err
			}
		}
	}
	d.reveal.drop(mfa.Conflict) // nothing was made that it could hold
	return a.print(d.view(out, d.reveal.open()))
}
