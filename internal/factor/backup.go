package factor

import "github.com/mfactl/mfactl/internal/mfa"

// Backup is a set of single-use codes that stand in for the other factors.
type Backup struct{}

// defaultCodes is how many a set has.
const defaultCodes = 10

// Name returns "backup".
func (Backup) Name() mfa.Kind { return mfa.KindBackup }

// Enroll makes Subject.Count codes, ten by default.
func (Backup) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	n := s.Count
	if n == 0 {
		n = defaultCodes
	}
	return enrolCodes(s, mfa.KindBackup, n)
}

// Fits reports 16 symbols.
func (Backup) Fits(answer string) bool { return IsLookUp(answer) }

// Ask asks for any code of the set.
func (Backup) Ask(Subject, Cred) ([]byte, mfa.Prompt, error) {
	return nil, mfa.Prompt{Kind: mfa.KindBackup}, nil
}

// Check spends one code.
func (Backup) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	return checkCode(s, mfa.KindBackup, c, answer)
}

// Left counts the codes that were not used.
func (Backup) Left(c Cred) (int, error) {
	var l lookUpCred
	if err := decode(c, &l); err != nil {
		return 0, err
	}
	n := 0
	for _, code := range l.Codes {
		if !code.Spent {
			n++
		}
	}
	return n, nil
}
