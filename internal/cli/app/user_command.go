package app

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

// UserCommand is a command that acts on one user, or on each user of a list. It first calls
// without changing anything, shows what would change, has it confirmed, and then acts.
type UserCommand[R any] struct {
	*UserCommandFlags
	Doing         string // "reset 2FA for": for errors, followed by the user
	OneTime       bool   // the result may contain a one-time secret
	AskPassword   bool   // asks for the caller's own password
	AlwaysConfirm bool   // always confirmed, and not only for some users

	// Call makes the call for one user. With dry it only says what would change.
	Call    func(ctx context.Context, user string, dry bool, password mfa.Secret) (R, error)
	Result  func(*R) (changed bool, dry *bool)
	Render  func(a *App, out R, open bool) View
	Confirm func(ctx context.Context, preview R) error // unless --yes was given
	Secret  func(a *App, out R) *Secret                // the secret to hand over; nil if none was made
	Done    string                                     // what is true after the call
}

// UserCommandFlags are the flags of every user command.
type UserCommandFlags struct {
	Reason   string
	yes      bool
	DryRun   bool
	Many     userList // the users, if they are several
	Output   SecretOutput
	Password *SecretSource // the caller's own password
}

// Flags adds the flags. The text yes is the help of --yes.
func (c *UserCommandFlags) Flags(cmd *cobra.Command, yes string) {
	f := cmd.Flags()
	f.StringVar(&c.Reason, "reason", "", "why; it goes into the audit trail and the user's notice")
	f.BoolVarP(&c.yes, "yes", "y", false, yes)
	f.BoolVar(&c.DryRun, "dry-run", false, "tell what would happen, change nothing")
	c.Many.Flags(cmd)
}

// Secrets adds the flags of a command that asks for a password and hands over a secret.
func (c *UserCommandFlags) Secrets(cmd *cobra.Command) {
	c.Password = SecretFlags(cmd, "password", "your own password")
	c.Output.Flags(cmd)
	c.Many.Secrets(cmd)
}

// Change is what a request says beside what is to change.
func (c *UserCommandFlags) Change(dry bool) mfa.Change {
	return mfa.Change{Reason: c.Reason, DryRun: dry}
}

// About returns the user for the key of a call, if the user is one of a list.
func (c *UserCommandFlags) About(user string) string {
	if c.Many.csv == "" && !c.Many.listed {
		return ""
	}
	return user
}

// Run acts on the users that were named.
func (c UserCommand[R]) Run(ctx context.Context, a *App, args []string) error {
	if c.Many.Asked(args) {
		c.Many.listed, c.AlwaysConfirm = true, true
		return c.runEach(ctx, a)
	}
	user := a.UserName(args[0])
	a.Doing = c.Doing + " " + user
	return c.runOne(ctx, a, user)
}

// runOne acts on one user.
func (c UserCommand[R]) runOne(ctx context.Context, a *App, user string) (err error) {
	if c.OneTime && !c.DryRun {
		if err := a.PlanSecret(&c.Output); err != nil {
			return err
		}
		defer func() { c.Output.Drop(err) }()
	}
	if err := c.canConfirm(a); err != nil {
		return err
	}
	var out R
	if c.looksFirst(a) {
		if out, err = c.Call(ctx, user, true, mfa.Secret{}); err != nil {
			return err
		}
		changed, dry := c.Result(&out)
		if c.DryRun || !changed && a.Flags.Key == "" {
			c.Output.Drop(mfa.Conflict)
			*dry = c.DryRun
			return a.Print(c.Render(a, out, false))
		}
		if changed && c.asks(a) {
			if err := c.Confirm(ctx, out); err != nil {
				return err
			}
		}
	}
	var password mfa.Secret
	if c.AskPassword {
		if password, err = a.ReadPassword(ctx, c.Password, "Your password"); err != nil {
			return err
		}
	}
	if out, err = c.Call(ctx, user, false, password); err != nil {
		return err
	}
	return c.hand(ctx, a, out)
}

// canConfirm returns a usage error if a confirmation is needed and there is no terminal.
func (c UserCommand[R]) canConfirm(a *App) error {
	if c.AlwaysConfirm && !c.DryRun && !c.yes && !a.Term.CanPrompt() {
		return NoTerminal("--yes")
	}
	return nil
}

// asks reports whether a person is asked to confirm.
func (c UserCommand[R]) asks(a *App) bool { return !c.yes && c.Confirm != nil && a.Term.CanPrompt() }

// looksFirst reports whether the first call is one without a change: with --dry-run, if a
// person confirms it, or if a password would be asked for that may not be needed.
func (c UserCommand[R]) looksFirst(a *App) bool {
	return c.DryRun || c.asks(a) || c.AskPassword && !c.Password.Given()
}

// hand hands over the secret that was made, and prints the result.
func (c UserCommand[R]) hand(ctx context.Context, a *App, out R) error {
	done := a.Done
	if changed, _ := c.Result(&out); changed {
		done = c.Done
	}
	var secret *Secret
	if c.Secret != nil {
		secret = c.Secret(a, out)
	}
	return a.Give(ctx, &c.Output, done, secret, func(open bool) View { return c.Render(a, out, open) })
}
