package signin

import (
	"fmt"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// TakesBackupCodes reports whether backup codes work for the account: under the rule
// backup_codes=0 no set does. The rule changes no set, so that they work again once the
// number is raised, unless they were revoked meanwhile.
func TakesBackupCodes(u *act.Account) bool { return u.Policy.BackupCodes > 0 }

// codesLeft returns how many backup codes of a user can be used now. rows are the user's
// verified factors.
func codesLeft(a *act.Act, u *act.Account, rows []mfa.Factor) (int, error) {
	if !TakesBackupCodes(u) {
		return 0, nil
	}
	return codesKept(a, rows)
}

// codesKept returns how many unused backup codes a user's factors hold, also if the policy
// turns them off. The numbers are remembered, since every answer to a code contains one and
// opening a set takes as long as checking a code.
func codesKept(a *act.Act, rows []mfa.Factor) (kept int, err error) {
	for _, f := range rows {
		if ClassOf(a, f.Kind) != mfa.LookUpSet {
			continue
		}
		n, err := a.Runner.Counts.Of(string(f.MAC), func() (int, error) { return CodesIn(a, f) })
		if err != nil {
			return 0, err
		}
		kept += n
	}
	return kept, nil
}

// CodesIn opens a set of codes and returns how many are unused.
func CodesIn(a *act.Act, f mfa.Factor) (int, error) {
	kind, _ := a.Runner.Kinds.ByName(f.Kind)
	counted, ok := kind.(factor.Counted)
	if !ok {
		return 0, mfa.Fault(fmt.Errorf("kind %s counts no codes", f.Kind))
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, f), f.Sealed)
	if err != nil {
		return 0, err
	}
	return counted.Left(cred)
}
