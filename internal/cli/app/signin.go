package app

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// SignInOptions are what a sign-in is given; what is missing is asked for.
type SignInOptions struct {
	Email    string
	Password *SecretSource
	Code     *SecretSource
	Method   mfa.Kind
}

// SignIn signs in and saves the session. What was not given is asked for.
func SignIn(ctx context.Context, a *App, o SignInOptions) (in mfa.SignedIn, err error) {
	ctx = a.WithSignals(ctx)
	if err = a.CanSaveSession(); err != nil {
		return in, err
	}
	if _, err = a.Service(ctx); err != nil { // before anything is asked
		return in, err
	}
	if o.Email == "" {
		if !a.Term.CanPrompt() {
			return in, NoTerminal("--email")
		}
		if o.Email, err = a.Term.Line(ctx, "E-mail address: "); err != nil {
			return in, err
		}
	}
	o.Email = a.UserName(o.Email)
	req := mfa.LoginRequest{Email: o.Email, Method: o.Method, Marker: savedMarker(a, o.Email)}
	questions := []Question{Password(&req.Password, o.Password, "Password for "+o.Email)}
	if o.Code.Given() {
		questions = append(questions, Code(&req.Code, o.Code, ""))
	}
	if err = AskAll(ctx, a, questions...); err != nil {
		return in, err
	}
	in, err = CallWith(ctx, a, mfa.Secret{}, mfa.Service.Login, req)
	for err == nil && in.Level == mfa.LevelChallenge {
		in, err = answerChallenge(ctx, a, in, req.Method)
	}
	if err != nil {
		return mfa.SignedIn{}, err
	}
	a.Done = "the sign-in was made"
	a.TypedPassword = req.Password
	return in, a.SaveSession(in)
}

// answerChallenge asks for the code a right password still owes. A wrong one is
// asked for again; the account's own limits end that.
func answerChallenge(ctx context.Context, a *App, ch mfa.SignedIn, method mfa.Kind) (mfa.SignedIn, error) {
	if !a.Term.CanPrompt() {
		return ch, mfa.UsageError("--code-stdin", "missing: this account needs a code")
	}
	for {
		text, err := a.Term.Line(ctx, promptFor(ch.Prompts)+": ")
		if err != nil {
			return ch, err
		}
		code, err := ParseCode(text)
		if err != nil {
			a.Term.Say("%v; %s", err, ErrorOf(err).HintText())
			continue
		}
		in, err := CallWith(ctx, a, mfa.Secret{}, mfa.Service.Answer, mfa.AnswerRequest{Challenge: ch.Token, Code: code, Method: method})
		if err == nil || ErrorOf(err).Code != mfa.Rejected {
			return in, err
		}
		a.Term.Say("wrong code")
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
