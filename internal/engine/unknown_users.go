package engine

import (
	"encoding/binary"

	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/throttle"
)

// unknownUserCounters is how many counters the unknown addresses share.
const unknownUserCounters = 4096

// Attempts against unknown addresses are counted and locked like attempts against real
// accounts, so that no answer tells the two apart (OWASP ASVS 6.3.8). Only the key tells
// which counter an address has.

func (s *scope) unknownUserCounter() uint32 {
	mac := s.run.keys.MAC(macUnknownUser, records.AppendField(nil, "name", []byte(s.spec.name)))
	return binary.BigEndian.Uint32(mac[len(mac)-4:]) % unknownUserCounters
}

// reserveForUnknownUser is reserve for an address that belongs to no account.
func (s *scope) reserveForUnknownUser() (*payment, error) {
	a, err := s.r.UnknownUser(s.unknownUserCounter())
	if err != nil {
		return nil, err
	}
	a, isLocked, err := throttle.ReservePassword(a, s.now)
	if err != nil {
		return nil, err
	}
	return &payment{at: s.now, locked: isLocked}, s.refusals.PutUnknownUser(s.unknownUserCounter(), a)
}

// settleUnknownUser settles the attempt: it is wrong, or was never looked at.
func (s *scope) settleUnknownUser(p *payment, wrong bool) error {
	a, err := s.r.UnknownUser(s.unknownUserCounter())
	if err != nil {
		return err
	}
	if wrong {
		return s.refusals.PutUnknownUser(s.unknownUserCounter(), throttle.WrongPassword(a, p.at, s.now))
	}
	return s.refusals.PutUnknownUser(s.unknownUserCounter(), throttle.ReleasePassword(a, p.at))
}
