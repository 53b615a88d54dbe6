package factor

import (
	"cmp"

	"github.com/mfactl/mfactl/internal/mfa"
)

// defaultBackupCodes is how many codes a set has if nobody says otherwise.
const defaultBackupCodes = 10

// backup is a set of single-use look-up codes for who lost the authenticator
// (NIST SP 800-63B §4.2.1.1).
type backup struct{ codes }

// Enroll makes Subject.Count codes, ten if it is 0. They are shown here and
// can never be read again.
func (k backup) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	n := cmp.Or(s.Count, defaultBackupCodes)
	if n < 1 || n > k.most {
		return nil, mfa.Reveal{}, mfa.UsageError("count", "a set has 1 to %d backup codes", k.most)
	}
	return k.draw(s, n)
}

// Left returns how many codes of the set are not spent.
func (k backup) Left(c Cred) (int, error) {
	cred, err := k.load(c)
	if err != nil {
		return 0, err
	}
	left := 0
	for _, kept := range cred.Codes {
		if !kept.Spent {
			left++
		}
	}
	return left, nil
}
