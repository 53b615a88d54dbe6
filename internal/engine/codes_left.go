package engine

import (
	"fmt"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// codesLeft tells how many backup codes there are among a user's factors, whose MACs were
// verified. Every answer to a code tells it, and to open a set takes as long as to check a
// code.
func (s *scope) codesLeft(rows []mfa.Factor) (int, error) {
	for _, f := range rows {
		if f.Kind != mfa.KindBackup {
			continue
		}
		return s.e.counts.of(string(f.MAC), func() (int, error) { return s.codesIn(f) })
	}
	return 0, nil
}

// codesIn opens a set of codes and tells how many there are.
func (s *scope) codesIn(f mfa.Factor) (int, error) {
	kind, _ := factor.ByName(f.Kind)
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
