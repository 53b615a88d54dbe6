package mfa_test

import (
	"os/exec"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestWhateverIsPastedIsOneWord(t *testing.T) {
	if got := mfa.ShellWord("bob@acme.example"); got != "bob@acme.example" {
		t.Errorf("what needs no quotes has them: %s", got)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	for _, text := range []string{"", "a b", "it's", "$(id)", "`id`@acme.example", "a;b", "~", "*", "a\nb", `\`, "'", "''"} {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+mfa.ShellWord(text)).Output() //nolint:gosec // what is tested
		if err != nil || string(out) != text {
			t.Errorf("%q became %q (%v)", text, out, err)
		}
	}
}
