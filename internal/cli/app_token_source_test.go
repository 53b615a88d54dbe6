package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tokenOf is an API token made of one byte.
func tokenOf(b byte) string {
	return mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{b}).Reveal()
}

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
	one, other := tokenOf(1), tokenOf(2)
	for _, c := range []struct{ file, variable, want string }{
		{"", "", "token"}, // the one of the saved session
		{"", one, one}, {"", one + "\n", one}, {one + "\n", other, one},
	} {
		s, err := given(t, c.file, c.variable).signedIn(t.Context())
		if err != nil || s.Token != c.want {
			t.Errorf("file %q, environment %q: %q (%v)", c.file, c.variable, s.Token, err)
		}
	}
}

func TestWhatIsNoAPITokenIsRefusedAndNotRepeated(t *testing.T) {
	for _, c := range []struct{ file, variable, names string }{
		{"mfactl_s_canary", "", "--token-file"}, {"", "mfactl_s_canary", tokenVariable}, {"canary", tokenOf(1), "--token-file"}, {"", " ", tokenVariable},
	} {
		_, err := given(t, c.file, c.variable).signedIn(t.Context())
		if e := told(err); e.Code != mfa.Usage || e.Field != c.names || strings.Contains(e.Error()+e.HintText(), "canary") {
			t.Errorf("file %q, environment %q: %v", c.file, c.variable, err)
		}
	}
}

func TestAMistypedTokenIsToldAsSuchBeforeAnybodyIsAsked(t *testing.T) {
	right := tokenOf(1)
	for name, wrong := range map[string]string{
		"cut off": right[:len(right)-1], "too long": right + "0", "a digit changed": strings.Replace(right, "_t_01", "_t_02", 1),
		"in capitals": mfa.TokenPrefix + strings.ToUpper(strings.TrimPrefix(right, mfa.TokenPrefix)) + "F",
	} {
		_, err := given(t, wrong+"\n", "").signedIn(t.Context())
		e := told(err)
		if e.Code != mfa.Usage || e.Field != "--token-file" || !strings.Contains(e.Error(), "mistyped or cut off") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithATokenNoSessionIsSavedAndNobodyIsAskedToSignIn(t *testing.T) {
	a := given(t, "", tokenOf(1))
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
