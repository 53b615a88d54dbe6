package act

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

func (a *Act) unknownUserCounter() uint32 {
	mac := a.Runner.Keys.MAC(macUnknownUser, records.AppendField(nil, "name", []byte(a.spec.Address)))
	return binary.BigEndian.Uint32(mac[len(mac)-4:]) % unknownUserCounters
}

// reserveForUnknownUser is reserve for an address that belongs to no account.
func (a *Act) reserveForUnknownUser() (*payment, error) {
	attempts, err := a.Read.UnknownUser(a.unknownUserCounter())
	if err != nil {
		return nil, err
	}
	attempts, isLocked, err := throttle.ReservePassword(attempts, a.Now)
	if err != nil {
		return nil, err
	}
	return &payment{at: a.Now, locked: isLocked}, a.Refusals.PutUnknownUser(a.unknownUserCounter(), attempts)
}

// settleUnknownUser settles the attempt: it is wrong, or was never looked at.
func (a *Act) settleUnknownUser(p *payment, wrong bool) error {
	attempts, err := a.Read.UnknownUser(a.unknownUserCounter())
	if err != nil {
		return err
	}
	if wrong {
		return a.Refusals.PutUnknownUser(a.unknownUserCounter(), throttle.WrongPassword(attempts, p.at, a.Now))
	}
	return a.Refusals.PutUnknownUser(a.unknownUserCounter(), throttle.ReleasePassword(attempts, p.at))
}
