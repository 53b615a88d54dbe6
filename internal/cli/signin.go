package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// signInOptions are what a sign-in is given; what is missing is asked for.
type signInOptions struct {
	email    string
	password source
	code     source
	method   string
}

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
	cmd.RunE = a.run("sign in", func(ctx context.Context, args []string) error {
		if len(args) == 1 {
			if o.email != "" && o.email != args[0] {
				return mfa.Bad("--email", "is not the USER that was given")
			}
			o.email = args[0]
		}
		return a.runLogin(ctx, o)
	})
	return cmd
}

func (a *App) runLogin(ctx context.Context, o signInOptions) error {
	in, err := a.signIn(ctx, o)
	if err != nil {
		return err
	}
	if in.MustEnrol && a.forPeople() && a.term.CanPrompt() {
		a.term.Say("%s: signed in only to set up 2FA", in.User)
		a.doing, a.done = "enable 2FA", ""
		return a.enable(ctx, enableOptions{kind: string(mfa.KindTOTP), qr: a.qrMode("")})
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
			if in.MustEnrol {
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

// signIn signs in and saves the session. What was not given is asked for.
func (a *App) signIn(ctx context.Context, o signInOptions) (mfa.SignedIn, error) {
	var none mfa.SignedIn
	ctx = a.heed(ctx)
	if err := a.canSave(); err != nil {
		return none, err
	}
	s, err := a.service(ctx)
	if err != nil {
		return none, err
	}
	if o.email == "" {
		if !a.term.CanPrompt() {
			return none, mfa.Bad("--email", "missing, and there is no terminal to ask on")
		}
		if o.email, err = a.term.Line(ctx, "E-mail address: "); err != nil {
			return none, err
		}
	}
	o.email = a.user(o.email)
	if o.password.name == "" {
		o.password.name = "password"
	}
	req := mfa.LoginRequest{Email: o.email, Method: mfa.Kind(o.method)}
	if req.Password, err = a.password(ctx, o.password, "Password for "+o.email); err != nil {
		return none, err
	}
	if o.code.given() {
		if req.Code, err = a.code(ctx, o.code, ""); err != nil {
			return none, err
		}
	}
	in, err := s.Login(a.call(ctx, "Login", mfa.Secret{}), req)
	for err == nil && in.Level == mfa.LevelChallenge {
		in, err = a.answerChallenge(ctx, s, in, req.Method)
	}
	if err != nil {
		return none, err
	}
	a.done = "the sign-in was made"
	a.typed = req.Password
	return in, a.save(in)
}

// answerChallenge asks for the code a right password still owes. A wrong one is
// asked for again; the account's own limits end that.
func (a *App) answerChallenge(ctx context.Context, s mfa.SignIn, ch mfa.SignedIn, method mfa.Kind) (mfa.SignedIn, error) {
	if !a.term.CanPrompt() {
		return ch, mfa.Bad("--code-stdin", "missing: this account needs a code")
	}
	for {
		text, err := a.term.Line(ctx, promptFor(ch.Prompts)+": ")
		if err != nil {
			return ch, err
		}
		code, err := wellFormed(text)
		if err != nil {
			a.term.Say("%v; %s", err, told(err).HintText())
			continue
		}
		in, err := s.Answer(a.call(ctx, "Answer", mfa.Secret{}), mfa.AnswerRequest{Challenge: ch.Token, Code: code, Method: method})
		if err == nil || told(err).Code != mfa.Rejected {
			return in, err
		}
		a.term.Say("wrong code")
	}
}

// promptFor says what to type: the preferred factor's code, or what stands in
// for it.
func promptFor(prompts []mfa.Prompt) string {
	if len(prompts) == 0 {
		return "Code"
	}
	if text := mfa.KindOf(prompts[0].Kind).Prompt; text != "" {
		return text
	}
	text := "Code from " + prompts[0].Label
	if slices.ContainsFunc(prompts, func(p mfa.Prompt) bool { return mfa.KindOf(p.Kind).Class == mfa.LookUpSet }) {
		text += ", or a backup code"
	}
	return text
}

func newLogout(a *App) *cobra.Command {
	var all bool
	cmd := &cobra.Command{Use: "logout", Short: "End the session", Args: exactly()}
	cmd.Flags().BoolVar(&all, "all", false, "end all of your sessions")
	cmd.RunE = a.run("sign out", func(ctx context.Context, _ []string) error {
		if err := a.noToken(); err != nil {
			return err
		}
		have, ok, err := a.session()
		if err != nil {
			return err
		}
		done := mfa.Done{User: have.User}
		if ok {
			s, err := a.service(ctx)
			if err != nil {
				return err
			}
			done, err = s.Logout(a.call(ctx, "Logout", mfa.NewSecret(have.Token)), mfa.LogoutRequest{All: all})
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

// doneView is the answer of an act that gives nothing back.
func doneView(what string, d mfa.Done) view {
	return view{
		kind: "Done", data: d, names: []string{d.User},
		table: term.Table{Header: []string{"USER", "CHANGED"}, Rows: [][]string{{d.User, yesNo(d.Changed)}}},
		say: func() string {
			if !d.Changed {
				return line("%s: nothing to do", d.User)
			}
			return line("%s: %s", d.User, what)
		},
	}
}

func newWhoAmI(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "whoami", Short: "Tell who is signed in", Args: exactly()}
	cmd.RunE = a.look("tell who you are", func(ctx context.Context, _ []string) error {
		s, ctx, err := a.own(ctx, "WhoAmI")
		if err != nil {
			return err
		}
		id, err := s.WhoAmI(ctx, mfa.WhoAmIRequest{})
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

// own opens the service and returns a context that carries the session, for one
// call of a method.
func (a *App) own(ctx context.Context, method string) (mfa.Service, context.Context, error) {
	return a.ownFor(ctx, method, "")
}

// ownFor is own for a call about one user of a list: a retry finds its answer by
// the user's name, wherever it stands in the list.
func (a *App) ownFor(ctx context.Context, method, user string) (mfa.Service, context.Context, error) {
	have, err := a.signedIn(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := a.service(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s, a.callFor(ctx, method, user, mfa.NewSecret(have.Token)), nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
