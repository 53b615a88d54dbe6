package app

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Two calls of a method are two wishes; the same run again under its key is one. A dry run
// is none: a run under the key of another may omit it.
func TestEachCallHasAKeyThatALaterRunFindsAgain(t *testing.T) {
	keys := func(dry bool) (out []string) {
		a := with(nil)
		a.key = "0123456789abcdef"
		if dry && !mfa.CallFrom(a.CallContext(t.Context(), "Reset", "", mfa.Secret{}, mfa.ResetRequest{Change: mfa.Change{DryRun: true}})).Key.IsZero() {
			t.Error("a dry run has a key")
		}
		for _, method := range []string{"Reset", "Reset", "Login"} {
			out = append(out, mfa.CallFrom(a.CallContext(t.Context(), method, "", mfa.Secret{}, nil)).Key.Reveal())
		}
		return out
	}
	first, second := keys(false), keys(true)
	if strings.Join(first, " ") != strings.Join(second, " ") || first[0] == first[1] || first[0] == first[2] {
		t.Errorf("%v, %v", first, second)
	}
}
