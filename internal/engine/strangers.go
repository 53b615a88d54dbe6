package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// strangerPlaces is how many counters the names that are nobody's share.
const strangerPlaces = 4096

// A name that is nobody's is counted, locked and written as an account is, so
// that no answer tells the two apart (OWASP ASVS 6.3.8). Which counter it has is
// known to the key alone.

func (s *scope) strangerPlace() string {
	mac := s.e.keys.MAC(macStranger, appendField(nil, "name", []byte(s.op.name)))
	return fmt.Sprintf("stranger_%04d", binary.BigEndian.Uint32(mac[len(mac)-4:])%strangerPlaces)
}

func (s *scope) strangerAttempts() (a mfa.Attempts, _ error) {
	text, err := s.tx.Meta(s.strangerPlace())
	if errors.Is(err, mfa.NotFound) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if json.Unmarshal([]byte(text), &a) != nil {
		return mfa.Attempts{}, nil // it guards nobody
	}
	return a, nil
}

func (s *scope) keepStranger(a mfa.Attempts) error {
	text, err := json.Marshal(a)
	if err != nil {
		return mfa.Fault(err)
	}
	return s.tx.SetMeta(s.strangerPlace(), string(text))
}

// reserveStranger is reserve for a name that is nobody's.
func (s *scope) reserveStranger() (*payment, error) {
	a, err := s.strangerAttempts()
	if err != nil {
		return nil, err
	}
	a, isLocked, err := payPassword(a, s.now)
	if err != nil {
		return nil, err
	}
	return &payment{at: s.now, locked: isLocked}, s.keepStranger(a)
}

// settleStranger settles the attempt: it is wrong, or was never looked at.
func (s *scope) settleStranger(p *payment, wrong bool) error {
	a, err := s.strangerAttempts()
	if err != nil {
		return err
	}
	if wrong {
		return s.keepStranger(wrongPassword(a, p.at, s.now))
	}
	return s.keepStranger(givenBack(a, p.at))
}
