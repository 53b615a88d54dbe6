package engine

import (
	"encoding/binary"

	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/throttle"
)

// strangerPlaces is how many counters the names that are nobody's share.
const strangerPlaces = 4096

// A name that is nobody's is counted, locked and written as an account is, so
// that no answer tells the two apart (OWASP ASVS 6.3.8). Which counter it has is
// known to the key alone.

func (s *scope) strangerPlace() uint32 {
	mac := s.e.keys.MAC(macStranger, records.AppendField(nil, "name", []byte(s.op.name)))
	return binary.BigEndian.Uint32(mac[len(mac)-4:]) % strangerPlaces
}

// reserveStranger is reserve for a name that is nobody's.
func (s *scope) reserveStranger() (*payment, error) {
	a, err := s.r.Stranger(s.strangerPlace())
	if err != nil {
		return nil, err
	}
	a, isLocked, err := throttle.ReservePassword(a, s.now)
	if err != nil {
		return nil, err
	}
	return &payment{at: s.now, locked: isLocked}, s.facts.PutStranger(s.strangerPlace(), a)
}

// settleStranger settles the attempt: it is wrong, or was never looked at.
func (s *scope) settleStranger(p *payment, wrong bool) error {
	a, err := s.r.Stranger(s.strangerPlace())
	if err != nil {
		return err
	}
	if wrong {
		return s.facts.PutStranger(s.strangerPlace(), throttle.WrongPassword(a, p.at, s.now))
	}
	return s.facts.PutStranger(s.strangerPlace(), throttle.ReleasePassword(a, p.at))
}
