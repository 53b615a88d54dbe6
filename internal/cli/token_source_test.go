package cli_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

const tokenVariable = "MFACTL_TOKEN"

// whoHas runs whoami with tokens in the flag and in the environment.
func whoHas(d *desk, file, variable string) (stderr string, status int) {
	d.env[tokenVariable] = variable
	args := []string{"whoami"}
	if file != "" {
		d.write("token", file)
		args = append(args, "--token-file", d.path("token"))
	}
	_, stderr, status = d.run(args...)
	return stderr, status
}

func TestATokenStandsOverTheSavedSessionAndTheFileOverTheEnvironment(t *testing.T) {
	d, server, _ := kept(t)
	one, other := tokenOf(1), tokenOf(2)
	for _, c := range []struct{ file, variable, want string }{
		{"", "", sessionToken()},
		{"", one, one}, {"", one + "\n", one}, {one + "\n", other, one},
	} {
		stderr, status := whoHas(d, c.file, c.variable)
		if asked := server.questions(); status != 0 || len(asked) != 1 || asked[0].token != "Bearer "+c.want {
			t.Errorf("file %q, environment %q: %v: %s", c.file, c.variable, asked, stderr)
		}
	}
}

func TestWhatIsNoAPITokenIsRefusedAndNotRepeated(t *testing.T) {
	d, server, _ := kept(t)
	for _, c := range []struct{ file, variable, names string }{
		{"mfactl_s_canary", "", "--token-file"}, {"", "mfactl_s_canary", tokenVariable}, {"canary", tokenOf(1), "--token-file"}, {"", " ", tokenVariable},
	} {
		stderr, status := whoHas(d, c.file, c.variable)
		if status != 2 || !strings.Contains(stderr, ": "+c.names+": ") || strings.Contains(stderr, "canary") || len(server.questions()) > 0 {
			t.Errorf("file %q, environment %q: exit %d: %s", c.file, c.variable, status, stderr)
		}
	}
}

func TestAMistypedTokenIsToldAsSuchBeforeAnybodyIsAsked(t *testing.T) {
	d, server, _ := kept(t)
	right := tokenOf(1)
	for name, wrong := range map[string]string{
		"cut off": right[:len(right)-1], "too long": right + "0", "a digit changed": strings.Replace(right, "_t_01", "_t_02", 1),
		"in capitals": mfa.TokenPrefix + strings.ToUpper(strings.TrimPrefix(right, mfa.TokenPrefix)) + "F",
	} {
		stderr, status := whoHas(d, wrong+"\n", "")
		if status != 2 || !strings.Contains(stderr, ": --token-file: ") || !strings.Contains(stderr, "mistyped or cut off") || len(server.questions()) > 0 {
			t.Errorf("%s: exit %d: %s", name, status, stderr)
		}
	}
}

func TestWithATokenNoSessionIsSavedAndNobodyIsAskedToSignIn(t *testing.T) {
	d, server, path := kept(t)
	before := readFile(t, path)
	d.env[tokenVariable] = tokenOf(1)
	if _, stderr, status := d.run("login", "a@b.example", "--password-file", d.path("P")); status != 2 || !strings.Contains(stderr, ": "+tokenVariable+": ") || len(server.questions()) > 0 || readFile(t, path) != before {
		t.Errorf("a session could be saved: exit %d: %s", status, stderr)
	}
	d.env["MFACTL_SERVER"] = answering(t, func(question) any { return &mfa.Error{Code: mfa.Unauthenticated} }).url
	stderr, status := whoHas(d, "", tokenOf(1))
	if status != 4 || strings.Contains(stderr, "hint: mfactl login") || !strings.Contains(stderr, tokenVariable) {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
