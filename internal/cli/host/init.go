package host

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// enabler sets up the first factor of an account that has just signed in; qr is the way
// to draw the QR code, as a flag names it.
type enabler func(ctx context.Context, a *app.App, qr string) error

type initOptions struct {
	req      mfa.InitRequest
	password *app.SecretSource
	noEnable bool
	qr       string
}

// NewInit makes the command that makes a store; enable goes on to set up 2FA.
func NewInit(a *app.App, enable enabler) *cobra.Command {
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
		Args: app.Exactly(),
	}
	f := cmd.Flags()
	f.StringVar(&o.req.Community, "community", "", "`name` of the first community")
	f.StringVar(&o.req.Email, "email", "", "`address` of the first operator")
	f.BoolVar(&o.noEnable, "no-enable", false, "do not go on to enable 2FA")
	f.StringVar(&o.qr, "qr", "", "how to draw the QR code: auto, half, full, none, FILE.png or FILE.svg")
	o.password = app.SecretFlags(cmd, "password", "the operator's password")
	return a.WriteCommand(cmd, "make a store", func(ctx context.Context, _ []string) error { return runInit(ctx, a, o, enable) })
}

func runInit(ctx context.Context, a *app.App, o initOptions, enable enabler) (err error) {
	if _, err := newPlace(a); err != nil {
		return err
	}
	if err := a.CanSaveSession(); err != nil {
		return err
	}
	goOn := !o.noEnable && a.ForPeople() && a.Term.CanPrompt()
	if !o.noEnable && !goOn {
		return mfa.UsageError("--no-enable", "missing: 2FA can only be set up on a terminal here").
			WithHint("add --no-enable, then use mfactl 2fa enable --pending")
	}
	req := o.req
	if req.Community, err = a.Ask(ctx, "--community", "Community (such as your company)", req.Community); err != nil {
		return err
	}
	if req.Email, err = a.Ask(ctx, "--email", "Your e-mail address", req.Email); err != nil {
		return err
	}
	if err = app.LoneNewPassword(&req.Password, o.password, 0)(ctx, a); err != nil {
		return err
	}
	out, where, err := createStore(ctx, a, req)
	if err != nil {
		return err
	}
	a.Done = "the store was made"
	if err := a.SaveSession(out.Session); err != nil {
		return err
	}
	a.TypedPassword = req.Password
	if err := a.Print(initView(a, out, where)); err != nil || !goOn {
		return err
	}
	return enable(ctx, a, o.qr)
}

// initialized is the answer of init with where things are.
type initialized struct {
	mfa.Initialized
	Store   string `json:"store"`
	KeyFile string `json:"key_file"`
}

func initView(a *app.App, out mfa.Initialized, where app.Place) app.View {
	out.Session.Token, out.Session.Marker = mfa.Secret{}, mfa.Secret{}
	return app.View{
		Kind: "Initialized", Data: initialized{out, where.Store, where.Key}, Names: []string{out.User},
		Header: []string{"COMMUNITY", "USER", "STORE", "KEY FILE"},
		Rows:   [][]string{{out.Community, out.User, where.Store, where.Key}},
		Say: func() string {
			return app.Line("Made the store   %s", where.Store) +
				app.Line("and its key      %s", where.Key) +
				app.Line("Copy the key to a safe place now: without it the store cannot be read.") +
				app.Line("%s: operator of %s, signed in until %s", out.User, out.Community, a.TimeInWords(out.Session.ExpiresAt)) +
				app.Line("What needs two people needs another administrator, or --break-glass: mfactl help authority")
		},
	}
}
