package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

const someToken = mfa.TokenPrefix + "0123"

// given is an App with tokens in its flag and in its environment.
func given(t *testing.T, file, variable string) *App {
	t.Helper()
	a, _ := kept(t)
	env := a.Env
	a.Env = func(name string) string {
		if name == tokenVariable {
			return variable
		}
		return env(name)
	}
	if a.flags.token.name = "token"; file != "" {
		a.flags.token.file = filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(a.flags.token.file, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func TestATokenStandsOverTheSavedSessionAndTheFileOverTheEnvironment(t *testing.T) {
	for _, c := range []struct{ file, variable, want string }{
		{"", "", "token"}, // the one of the saved session
		{"", someToken, someToken}, {"", someToken + "\n", someToken}, {someToken + "f\n", someToken + "e", someToken + "f"},
	} {
		s, err := given(t, c.file, c.variable).signedIn(t.Context())
		if err != nil || s.Token != c.want {
			t.Errorf("file %q, environment %q: %q (%v)", c.file, c.variable, s.Token, err)
		}
	}
}

func TestWhatIsNoAPITokenIsRefusedAndNotRepeated(t *testing.T) {
	for _, c := range []struct{ file, variable, names string }{
		{"mfactl_s_canary", "", "--token-file"}, {"", "mfactl_s_canary", tokenVariable}, {"canary", someToken, "--token-file"}, {"", " ", tokenVariable},
	} {
		_, err := given(t, c.file, c.variable).signedIn(t.Context())
		if e := told(err); e.Code != mfa.Usage || e.Field != c.names || strings.Contains(e.Error()+e.HintText(), "canary") {
			t.Errorf("file %q, environment %q: %v", c.file, c.variable, err)
		}
	}
}

func TestWithATokenNoSessionIsSavedAndNobodyIsAskedToSignIn(t *testing.T) {
	a := given(t, "", someToken)
	if e := told(a.canSave()); e.Code != mfa.Usage || e.Field != tokenVariable {
		t.Errorf("a session could be saved: %v", e)
	}
	if _, err := a.signedIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	dead := &mfa.Error{Code: mfa.Unauthenticated}
	if a.mayAskAgain(dead) {
		t.Error("a dead token would ask for a password")
	}
	if e := a.tokenEnded(dead); strings.HasPrefix(e.HintText(), "mfactl login") || !strings.Contains(e.Error(), tokenVariable) {
		t.Errorf("%v, hint %s", e, e.HintText())
	}
}
