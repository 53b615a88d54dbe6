package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// enabler sets up the first factor of an account that has just signed in; qr is the way
// to draw the QR code, as a flag names it.
type enabler func(ctx context.Context, a *App, qr string) error

type initOptions struct {
	community string
	email     string
	password  source
	noEnable  bool
	qr        string
}

// newInit makes the command that makes a store; enable goes on to set up 2FA.
func newInit(a *App, enable enabler) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the store, its key and the first operator",
		Long: `Make a new store, the key that seals it, a first community and its first
operator, sign in, and go on to enable 2FA.

Nothing that exists is overwritten. Copy the key file to a safe place: without
it the store cannot be read.`,
		Example: `  mfactl init
  mfactl init --community Acme --email admin@acme.example --password-file P --no-enable -o json`,
		Args: exactly(),
	}
	f := cmd.Flags()
	f.StringVar(&o.community, "community", "", "`name` of the first community")
	f.StringVar(&o.email, "email", "", "`address` of the first operator")
	f.BoolVar(&o.noEnable, "no-enable", false, "do not go on to enable 2FA")
	f.StringVar(&o.qr, "qr", "", "how to draw the QR code: auto, half, full, none, FILE.png or FILE.svg")
	secretFlags(cmd, &o.password, "password", "the operator's password")
	cmd.RunE = a.writeCommand("make a store", func(ctx context.Context, _ []string) error { return runInit(ctx, a, o, enable) })
	return cmd
}

func runInit(ctx context.Context, a *App, o initOptions, enable enabler) error {
	if _, err := newPlace(a); err != nil {
		return err
	}
	if err := a.canSave(); err != nil {
		return err
	}
	goOn := !o.noEnable && a.forPeople() && a.term.CanPrompt()
	if !o.noEnable && !goOn {
		return mfa.UsageError("--no-enable", "missing: 2FA can only be set up on a terminal here").
			WithHint("add --no-enable, then use mfactl 2fa enable --pending")
	}
	req := mfa.InitRequest{Community: o.community, Email: o.email}
	var err error
	if req.Community, err = a.ask(ctx, "--community", "Community (such as your company)", req.Community); err != nil {
		return err
	}
	if req.Email, err = a.ask(ctx, "--email", "Your e-mail address", req.Email); err != nil {
		return err
	}
	if req.Password, err = a.newPassword(ctx, o.password, " (12 characters or more)"); err != nil {
		return err
	}
	out, where, err := createStore(ctx, a, req)
	if err != nil {
		return err
	}
	a.done = "the store was made"
	if err := a.save(out.Session); err != nil {
		return err
	}
	a.typed = req.Password
	if err := a.print(initView(a, out, where)); err != nil || !goOn {
		return err
	}
	return enable(ctx, a, o.qr)
}

// initialised is the answer of init with where things are.
type initialised struct {
	mfa.Initialised
	Store   string `json:"store"`
	KeyFile string `json:"key_file"`
}

func initView(a *App, out mfa.Initialised, where place) view {
	out.Session.Token = mfa.Secret{}
	return view{
		kind: "Initialised", data: initialised{out, where.store, where.key}, names: []string{out.User},
		table: term.Table{
			Header: []string{"COMMUNITY", "USER", "STORE", "KEY FILE"},
			Rows:   [][]string{{out.Community, out.User, where.store, where.key}},
		},
		say: func() string {
			return line("Made the store   %s", where.store) +
				line("and its key      %s", where.key) +
				line("Copy the key to a safe place now: without it the store cannot be read.") +
				line("%s: operator of %s, signed in until %s", out.User, out.Community, a.people(out.Session.ExpiresAt))
		},
	}
}
