package app

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Two calls of a method are two wishes; the same run again under its key is one.
func TestEachCallHasAKeyThatALaterRunFindsAgain(t *testing.T) {
	keys := func() (out []string) {
		a := with(nil)
		a.key = "0123456789abcdef"
		for _, method := range []string{"Reset", "Reset", "Login"} {
			out = append(out, mfa.CallFrom(a.CallContext(t.Context(), method, "", mfa.Secret{})).Key.Reveal())
		}
		return out
	}
	first, second := keys(), keys()
	if strings.Join(first, " ") != strings.Join(second, " ") || first[0] == first[1] || first[0] == first[2] {
		t.Errorf("%v, %v", first, second)
	}
}
