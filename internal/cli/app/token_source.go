package app

import (
	"context"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tokenVariable is the one secret that is taken from the environment.
const tokenVariable = "MFACTL_TOKEN"

// TokenFrom names where an API token is given, the flag before the environment;
// empty where none is.
func (a *App) TokenFrom() string {
	switch {
	case a.Flags.token.Given():
		return "--token-file"
	case a.Env(tokenVariable) != "":
		return tokenVariable
	}
	return ""
}

// apiToken reads the API token that is given, once a run. It returns a usage error, which
// does not repeat the text, if that is not a token.
func apiToken(ctx context.Context, a *App) (mfa.Secret, error) {
	if !a.token.IsZero() {
		return a.token, nil
	}
	from, text := a.TokenFrom(), strings.TrimSpace(a.Env(tokenVariable))
	if a.Flags.token.Given() {
		given, err := a.ReadSecret(ctx, &a.Flags.token)
		if err != nil {
			return given, err
		}
		text = strings.TrimSpace(given.Reveal())
	}
	if !strings.HasPrefix(text, mfa.TokenPrefix) {
		return mfa.Secret{}, mfa.UsageError(from, "no API token: it does not begin with %s", mfa.TokenPrefix).
			WithHint("mfactl admin tokens create")
	}
	token := mfa.NewSecret(text)
	if mfa.BearerPrefix(token) == "" {
		return mfa.Secret{}, mfa.UsageError(from, "the token was mistyped or cut off: its checksum is wrong").
			WithHint("copy it once more, whole")
	}
	a.token = token
	return token, nil
}

// RefuseToken refuses what works on a session of one's own, where a token is given:
// none is read or written then.
func RefuseToken(a *App) error {
	from := a.TokenFrom()
	if from == "" {
		return nil
	}
	return mfa.UsageError(from, "a token is given, and this is about a session of your own").WithHint("leave %s out", from)
}

// tokenEnded puts words and a remedy to "not signed in" where a token was given:
// signing in would not help.
func (a *App) tokenEnded(e *mfa.Error) *mfa.Error {
	from := a.TokenFrom()
	if e.Code != mfa.Unauthenticated || from == "" {
		return e
	}
	return mfa.Errorf(mfa.Unauthenticated, "the token in %s is not accepted: it has ended, or its owner may not act", from).
		WithHint("have another made: mfactl admin tokens create, or leave %s out and sign in", from).WithCause(e.Cause)
}
