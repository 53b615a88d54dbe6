package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newLogin(a *App) *cobra.Command {
	var o signInOptions
	cmd := &cobra.Command{
		Use:   "login [USER]",
		Short: "Sign in and keep the session",
		Args:  atMostOne(),
		Example: `  mfactl login alice@acme.example
  mfactl login --email alice@acme.example --password-file P --code-stdin -o json`,
	}
	cmd.Flags().StringVar(&o.email, "email", "", "`address` to sign in as")
	cmd.Flags().StringVar(&o.method, "method", "", "take a code of this `kind` only: "+mfa.KindNames(mfa.Kinds(), "or", mfa.MaySignIn))
	secretFlags(cmd, &o.password, "password", "the password")
	secretFlags(cmd, &o.code, "code", "the code")
	cmd.RunE = a.writeCommand("sign in", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			if o.email != "" && o.email != args[0] {
				return mfa.UsageError("--email", "is not the USER that was given")
			}
			o.email = args[0]
		}
		return runLogin(ctx, a, o)
	})
	return cmd
}

func runLogin(ctx context.Context, a *App, o signInOptions) error {
	in, err := signIn(ctx, a, o)
	if err != nil {
		return err
	}
	if in.MustEnroll && a.forPeople() && a.term.CanPrompt() {
		a.term.Say("%s: signed in only to set up 2FA", in.User)
		return enableFirst(ctx, a, "")
	}
	return a.print(sessionView(a, in))
}

func sessionView(a *App, in mfa.SignedIn) view {
	in.Token = mfa.Secret{}
	return view{
		kind: "Session", data: in, names: []string{in.User},
		table: term.Table{
			Header: []string{"USER", "LEVEL", "METHOD", "EXPIRES"},
			Rows:   [][]string{{in.User, string(in.Level), string(in.Method), stamp(in.ExpiresAt)}},
		},
		say: func() string {
			text := line("%s: signed in, level %s, until %s", in.User, in.Level, a.people(in.ExpiresAt))
			if in.MustEnroll {
				text += line("This session may only set up 2FA: mfactl 2fa enable")
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
	text := line("%s left.", plural(n, "backup code"))
	if n <= 3 {
		text += line("Make new ones: mfactl backup-codes generate")
	}
	return text
}

func newLogout(a *App) *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "logout", Short: "End the session", Args: exactly()}
	cmd.Flags().BoolVar(&all, "all", false, "end all of your sessions")
	cmd.RunE = a.writeCommand("sign out", func(ctx context.Context, _ []string) error {
		if err := noToken(a); err != nil {
			return err
		}
		have, ok, err := a.session()
		if err != nil {
			return err
		}
		done := mfa.Done{User: have.User}
		if ok {
			done, err = callWith(ctx, a, mfa.NewSecret(have.Token), mfa.Service.Logout, mfa.LogoutRequest{All: all})
			if err != nil && told(err).Code != mfa.Unauthenticated {
				return err
			}
			done.User = have.User
		}
		if err := a.forget(); err != nil {
			return err
		}
		a.done = "you are signed out"
		v := doneView("signed out", done)
		if done.User == "" {
			v.names, v.say = nil, func() string { return line("not signed in: nothing to do") }
		}
		return a.print(v)
	})
	return cmd
}

func newWhoAmI(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "whoami", Short: "Tell who is signed in", Args: exactly()}
	cmd.RunE = a.readCommand("tell who you are", func(ctx context.Context, _ []string) error {
		id, err := call(ctx, a, mfa.Service.WhoAmI, mfa.WhoAmIRequest{})
		if err != nil {
			return err
		}
		return a.print(view{
			kind: "Identity", data: id, names: []string{id.User},
			table: term.Table{
				Header: []string{"USER", "COMMUNITY", "ROLE", "LEVEL", "EXPIRES"},
				Rows:   [][]string{{id.User, id.Community, string(id.Role), string(id.Level), stamp(id.ExpiresAt)}},
			},
		})
	})
	return cmd
}
