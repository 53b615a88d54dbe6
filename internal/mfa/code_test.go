package mfa_test

import (
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestASecretThatIsGivenHasAKnownForm(t *testing.T) {
	token := mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{1}).Reveal()
	for _, text := range []string{
		token, mfa.NewBearer(mfa.SessionPrefix, [mfa.BearerBytes]byte{}).Reveal(), "7K3F-9QXM-2VTP-HB4D", "GEZDGNBVGY3TQOJQ",
		"otpauth://totp/Acme:a@acme.example?secret=GEZDGNBVGY3TQOJQ&issuer=Acme",
	} {
		if !mfa.NewSecret(text).IsGiven() {
			t.Errorf("%q is refused", text)
		}
		for _, wrong := range []string{text + "\n", "\x1b[31m" + text, text + "\u202e", text + " x", "::stop::" + text} {
			if mfa.NewSecret(wrong).IsGiven() {
				t.Errorf("%q is taken", wrong)
			}
		}
	}
	for _, wrong := range []string{"", "canary", token[1:], strings.ToLower("GEZDGNBVGY3TQOJQ"), "7K3F-9QXM-2VTP", "7K3F-9QXM-2VTP-HB4U", "----"} {
		if mfa.NewSecret(wrong).IsGiven() {
			t.Errorf("%q is taken", wrong)
		}
	}
}
