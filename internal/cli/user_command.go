package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// userCommand is a command that acts on one user, or on each user of a list. It first calls
// without changing anything, shows what would change, has it confirmed, and then acts.
type userCommand[R any] struct {
	*userCommandFlags
	doing    string // "reset 2FA for": for errors, followed by the user
	oneTime  bool   // the result may contain a one-time secret
	password bool   // asks for the caller's own password
	always   bool   // always confirmed, and not only for some users

	// call makes the call for one user. With dry it only says what would change.
	call    func(ctx context.Context, user string, dry bool, password mfa.Secret) (R, error)
	result  func(*R) (changed bool, dry *bool)
	render  func(a *App, out R, open bool) view
	confirm func(ctx context.Context, preview R) error // unless --yes was given
	secret  func(a *App, out R) *secret                // the secret to hand over; nil if none was made
	done    string                                     // what is true after the call
}

// userCommandFlags are the flags of every user command.
type userCommandFlags struct {
	reason string
	yes    bool
	dry    bool
	many   list // the users, if they are several
	output secretOutput
	typed  source // the caller's own password
}

// flags adds the flags. The text yes is the help of --yes.
func (c *userCommandFlags) flags(cmd *cobra.Command, yes string) {
	f := cmd.Flags()
	f.StringVar(&c.reason, "reason", "", "why; it goes into the audit trail and the user's notice")
	f.BoolVarP(&c.yes, "yes", "y", false, yes)
	f.BoolVar(&c.dry, "dry-run", false, "tell what would happen, change nothing")
	c.many.flags(cmd)
}

// secrets adds the flags of a command that asks for a password and hands over a secret.
func (c *userCommandFlags) secrets(cmd *cobra.Command) {
	secretFlags(cmd, &c.typed, "password", "your own password")
	c.output.flags(cmd)
	c.many.secrets(cmd)
}

// change is what a request says beside what is to change.
func (c *userCommandFlags) change(dry bool) mfa.Change {
	return mfa.Change{Reason: c.reason, DryRun: dry}
}

// about returns the user for the key of a call, if the user is one of a list.
func (c *userCommandFlags) about(user string) string {
	if c.many.csv == "" && !c.many.listed {
		return ""
	}
	return user
}

// run acts on the users that were named.
func (c userCommand[R]) run(ctx context.Context, a *App, args []string) error {
	if c.many.asked(args) {
		c.many.listed, c.always = true, true
		return c.runEach(ctx, a)
	}
	user := a.user(args[0])
	a.doing = c.doing + " " + user
	return c.runOne(ctx, a, user)
}

// runOne acts on one user.
func (c userCommand[R]) runOne(ctx context.Context, a *App, user string) (err error) {
	if c.oneTime && !c.dry {
		if err := a.plan(&c.output); err != nil {
			return err
		}
		defer func() { c.output.drop(err) }()
	}
	if err := c.canConfirm(a); err != nil {
		return err
	}
	var out R
	if c.looksFirst(a) {
		if out, err = c.call(ctx, user, true, mfa.Secret{}); err != nil {
			return err
		}
		changed, dry := c.result(&out)
		if c.dry || !changed && a.flags.key == "" {
			c.output.drop(mfa.Conflict)
			*dry = c.dry
			return a.print(c.render(a, out, false))
		}
		if changed && c.asks(a) {
			if err := c.confirm(ctx, out); err != nil {
				return err
			}
		}
	}
	var password mfa.Secret
	if c.password {
		if password, err = a.password(ctx, c.typed, "Your password"); err != nil {
			return err
		}
	}
	if out, err = c.call(ctx, user, false, password); err != nil {
		return err
	}
	return c.hand(ctx, a, out)
}

// canConfirm returns a usage error if a confirmation is needed and there is no terminal.
func (c userCommand[R]) canConfirm(a *App) error {
	if c.always && !c.dry && !c.yes && !a.term.CanPrompt() {
		return mfa.UsageError("--yes", "missing, and there is no terminal to ask on")
	}
	return nil
}

// asks reports whether a person is asked to confirm.
func (c userCommand[R]) asks(a *App) bool { return !c.yes && c.confirm != nil && a.term.CanPrompt() }

// looksFirst reports whether the first call is one without a change: with --dry-run, if a
// person confirms it, or if a password would be asked for that may not be needed.
func (c userCommand[R]) looksFirst(a *App) bool {
	return c.dry || c.asks(a) || c.password && !c.typed.given()
}

// hand hands over the secret that was made, and prints the result.
func (c userCommand[R]) hand(ctx context.Context, a *App, out R) error {
	if changed, _ := c.result(&out); changed {
		a.done = c.done
	}
	if c.secret != nil {
		if secret := c.secret(a, out); secret != nil {
			if err := a.hand(ctx, &c.output, *secret); err != nil {
				return err
			}
		}
	}
	c.output.drop(mfa.Conflict) // no secret was made that it could hold
	return a.print(c.render(a, out, c.output.open()))
}
