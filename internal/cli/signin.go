package cli

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// signInOptions are what a sign-in is given; what is missing is asked for.
type signInOptions struct {
	email    string
	password source
	code     source
	method   string
}

// signIn signs in and saves the session. What was not given is asked for.
func signIn(ctx context.Context, a *App, o signInOptions) (mfa.SignedIn, error) {
	var none mfa.SignedIn
	ctx = a.withSignals(ctx)
	if err := a.canSave(); err != nil {
		return none, err
	}
	_, err := a.service(ctx) // before anything is asked
	if err != nil {
		return none, err
	}
	if o.email == "" {
		if !a.term.CanPrompt() {
			return none, mfa.UsageError("--email", "missing, and there is no terminal to ask on")
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
	in, err := callWith(ctx, a, mfa.Secret{}, mfa.Service.Login, req)
	for err == nil && in.Level == mfa.LevelChallenge {
		in, err = answerChallenge(ctx, a, in, req.Method)
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
func answerChallenge(ctx context.Context, a *App, ch mfa.SignedIn, method mfa.Kind) (mfa.SignedIn, error) {
	if !a.term.CanPrompt() {
		return ch, mfa.UsageError("--code-stdin", "missing: this account needs a code")
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
		in, err := callWith(ctx, a, mfa.Secret{}, mfa.Service.Answer, mfa.AnswerRequest{Challenge: ch.Token, Code: code, Method: method})
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
