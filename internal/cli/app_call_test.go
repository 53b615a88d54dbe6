package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestAnIdempotencyKeyIsLongEnough(t *testing.T) {
	for key, good := range map[string]bool{
		"short": false, strings.Repeat("é", 11): false, strings.Repeat("é", 30): false, strings.Repeat("\t", 30): false, strings.Repeat("k", 21): false, strings.Repeat("k", 22): true,
		strings.Repeat("k", mfa.IdempotencyKeyMax): true, strings.Repeat("k", mfa.IdempotencyKeyMax+1): false,
	} {
		a := with(nil)
		a.flags.key = key
		if err := a.checkKey(); (err == nil) != good {
			t.Errorf("%d: %v", len(key), err)
		}
	}
	a, b := with(nil), with(nil)
	if a.checkKey() != nil || b.checkKey() != nil || a.key == b.key || len(a.key) < 26 {
		t.Errorf("%q and %q were drawn", a.key, b.key)
	}
}

// Two calls of a method are two wishes; the same run again under its key is one.
func TestEachCallHasAKeyThatALaterRunFindsAgain(t *testing.T) {
	keys := func() (out []string) {
		a := with(nil)
		a.key = "0123456789abcdef"
		for _, method := range []string{"Reset", "Reset", "Login"} {
			out = append(out, mfa.CallFrom(a.call(t.Context(), method, mfa.Secret{})).Key.Reveal())
		}
		return out
	}
	first, second := keys(), keys()
	if strings.Join(first, " ") != strings.Join(second, " ") || first[0] == first[1] || first[0] == first[2] {
		t.Errorf("%v, %v", first, second)
	}
}

func TestWhereACallCameFrom(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"": nil,
		"github/acme/app/42/deploy": {
			"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/app", "GITHUB_RUN_ID": "42", "GITHUB_JOB": "deploy",
		},
		"gitlab/acme/app/99": {"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/app", "CI_JOB_ID": "99"},
	} {
		if got := with(env).provenance().CIJob; got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	a := with(map[string]string{"SSH_CLIENT": "192.0.2.7 50022 22", "SUDO_USER": "alice"})
	if err := a.checkKey(); err != nil {
		t.Fatal(err)
	}
	p := a.provenance()
	sudoUser := ""
	if os.Geteuid() == 0 { // SUDO_USER counts for root only
		sudoUser = "alice"
	}
	if p.SSHClient != "192.0.2.7" || p.SudoUser != sudoUser || p.PID == 0 || p.UID == "" || p.RequestID == "" {
		t.Errorf("%+v", p)
	}
}
