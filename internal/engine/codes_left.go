package engine

import (
	"fmt"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// takesBackupCodes reports whether backup codes work for the account: under the rule
// backup_codes=0 no set does. The rule changes no set, so that they work again once the
// number is raised, unless they were revoked meanwhile.
func (u *account) takesBackupCodes() bool { return u.policy.BackupCodes > 0 }

// codesLeft returns how many backup codes of a user can be used now. rows are the user's
// verified factors.
func (s *scope) codesLeft(u *account, rows []mfa.Factor) (int, error) {
	if !u.takesBackupCodes() {
		return 0, nil
	}
	return s.codesKept(rows)
}

// codesKept returns how many unused backup codes a user's factors hold, also if the policy
// turns them off. The numbers are remembered, since every answer to a code contains one and
// opening a set takes as long as checking a code.
func (s *scope) codesKept(rows []mfa.Factor) (int, error) {
	for _, f := range rows {
		if s.class(f.Kind) != mfa.LookUpSet {
			continue
		}
		return s.e.counts.Of(string(f.MAC), func() (int, error) { return s.codesIn(f) })
	}
	return 0, nil
}

// codesIn opens a set of codes and returns how many are unused.
func (s *scope) codesIn(f mfa.Factor) (int, error) {
	kind, _ := s.e.kinds.ByName(f.Kind)
	counted, ok := kind.(factor.Counted)
	if !ok {
		return 0, mfa.Fault(fmt.Errorf("kind %s counts no codes", f.Kind))
	}
	cred, err := s.e.keys.Open(s.place(f), f.Sealed)
	if err != nil {
		return 0, err
	}
	return counted.Left(cred)
}
