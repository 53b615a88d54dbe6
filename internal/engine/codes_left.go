package engine

import (
	"fmt"
	"sync"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// counts remembers how many codes there are in the sets that were opened last, by the MAC
// of their rows: another state of a set has another MAC. Every answer to a code tells how
// many backup codes are left, and to open a set takes as long as to check a code.
type counts struct {
	mu    sync.Mutex
	known map[string]int
}

// maxCounts bounds what is remembered; where that is full, all is forgotten.
const maxCounts = 4096

func (c *counts) of(mac []byte) (n int, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, known = c.known[string(mac)]
	return n, known
}

func (c *counts) keep(mac []byte, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxCounts {
		c.known = map[string]int{}
	}
	c.known[string(mac)] = n
}

// codesLeft tells how many backup codes there are among a user's factors, whose MACs were
// verified.
func (s *scope) codesLeft(rows []mfa.Factor) (int, error) {
	for _, f := range rows {
		if f.Kind != mfa.KindBackup {
			continue
		}
		n, known := s.e.counts.of(f.MAC)
		if known {
			return n, nil
		}
		n, err := s.codesIn(f)
		if err == nil {
			s.e.counts.keep(f.MAC, n)
		}
		return n, err
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
