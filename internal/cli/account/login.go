package account

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// NewLogin makes the command that signs in.
func NewLogin(a *app.App) *cobra.Command {
	var o app.SignInOptions
	cmd := &cobra.Command{
		Use:   "login [USER]",
		Short: "Sign in and keep the session",
		Args:  app.AtMostOne(),
		Example: `  mfactl login alice@acme.example
  mfactl login --email alice@acme.example --password-file P --code-stdin -o json`,
	}
	cmd.Flags().StringVar(&o.Email, "email", "", "`address` to sign in as")
	cmd.Flags().StringVar((*string)(&o.Method), "method", "", "take a code of this `kind` only: "+mfa.KindNames(mfa.Kinds(), "or", mfa.MaySignIn))
	o.Password = app.SecretFlags(cmd, "password", "the password")
	o.Code = app.SecretFlags(cmd, "code", "the code")
	return a.WriteCommand(cmd, "sign in", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			if o.Email != "" && o.Email != args[0] {
				return mfa.UsageError("--email", "is not the USER that was given")
			}
			o.Email = args[0]
		}
		in, err := app.SignIn(ctx, a, o)
		if err != nil {
			return err
		}
		if in.MustEnroll && a.ForPeople() && a.Term.CanPrompt() {
			a.Term.Say("%s: signed in only to set up 2FA", in.User)
			return EnableFirst(ctx, a, "")
		}
		return a.Print(sessionView(a, in))
	})
}

func sessionView(a *app.App, in mfa.SignedIn) app.View {
	in.Token, in.Marker = mfa.Secret{}, mfa.Secret{}
	return app.View{
		Kind: "Session", Data: in, Names: []string{in.User},
		Header: []string{"USER", "LEVEL", "METHOD", "EXPIRES"},
		Rows:   [][]string{{in.User, string(in.Level), string(in.Method), app.Timestamp(in.ExpiresAt)}},
		Say: func() string {
			text := app.Line("%s: signed in, level %s, until %s", in.User, in.Level, a.TimeInWords(in.ExpiresAt))
			if in.MustEnroll {
				text += app.Line("This session may only set up 2FA: mfactl 2fa enable")
			}
			if n := in.BackupCodesLeft; n != nil {
				text += codesLeft(*n)
			}
			return text
		},
	}
}

// codesLeft tells how many backup codes are left, and from three on what to do.
func codesLeft(n int) string {
	text := app.Line("%s left.", app.Plural(n, "backup code"))
	if n <= 3 {
		text += app.Line("Make new ones: mfactl backup-codes generate")
	}
	return text
}

// NewLogout makes the command that signs out.
func NewLogout(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "logout", Short: "End the session", Args: app.Exactly()}
	all := cmd.Flags().Bool("all", false, "end all of your sessions")
	return a.WriteCommand(cmd, "sign out", func(ctx context.Context, _ []string) error {
		if err := app.RefuseToken(a); err != nil {
			return err
		}
		have, ok, err := a.SavedSession()
		if err != nil {
			return err
		}
		done := mfa.Done{User: have.User}
		if ok {
			done, err = app.CallWith(ctx, a, mfa.NewSecret(have.Token), mfa.Service.Logout, mfa.LogoutRequest{All: *all})
			if err != nil && app.ErrorOf(err).Code != mfa.Unauthenticated {
				return err
			}
			done.User = have.User
		}
		if err := a.ForgetSession(); err != nil {
			return err
		}
		v := app.DoneView(done, "signed out", "you are signed out")
		if done.User == "" {
			v.Names, v.Say = nil, func() string { return app.Line("not signed in: nothing to do") }
		}
		return a.Print(v)
	})
}

// NewWhoAmI makes the command that tells who is signed in.
func NewWhoAmI(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "whoami", Short: "Tell who is signed in", Args: app.Exactly()}
	who := func(ctx context.Context, _ []string) (mfa.Identity, error) {
		return app.Call(ctx, a, mfa.Service.WhoAmI, mfa.WhoAmIRequest{})
	}
	return app.Show(a, cmd, "tell who you are", who, func(_ *app.App, id mfa.Identity) app.View {
		return app.View{
			Kind: "Identity", Data: id, Names: []string{id.User},
			Header: []string{"USER", "COMMUNITY", "ROLE", "LEVEL", "EXPIRES"},
			Rows:   [][]string{{id.User, id.Community, string(id.Role), string(id.Level), app.Timestamp(id.ExpiresAt)}},
		}
	})
}
