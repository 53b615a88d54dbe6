package factor

import (
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestARecoveryHasOneCodeThatWorksOnce(t *testing.T) {
	for _, name := range []mfa.Kind{mfa.KindRecovery, mfa.KindSetPassword} {
		k := kindNamed(t, name)
		s := alice()
		s.Count = 7
		c, reveal := enroll(t, k, s)
		if len(reveal.Codes) != 1 || !reveal.Secret.IsZero() || !reveal.OtpauthURI.IsZero() {
			t.Fatalf("%s shows %d codes", name, len(reveal.Codes))
		}
		code := reveal.Codes[0].Reveal()
		c = accept(t, k, s, c, code)
		refuse(t, k, s, c, code, ErrReplay)
	}
}

func TestARecoveryDoesNotReadASetOfSeveralCodes(t *testing.T) {
	s := alice()
	c, reveal := enroll(t, backupKind(), s)
	for _, name := range []mfa.Kind{mfa.KindRecovery, mfa.KindSetPassword} {
		_, err := kindNamed(t, name).Check(s, c, nil, reveal.Codes[0].Reveal())
		wantUnreadable(t, err)
	}
}
