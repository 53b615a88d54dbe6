package engine

import (
	"encoding/hex"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Labels of the MACs. A record of one sort never passes for one of another.
const (
	macCommunity = "mfactl community"
	macUser      = "mfactl user"
	macFactor    = "mfactl factor"
	macSession   = "mfactl session"
	macToken     = "mfactl API token" //nolint:gosec // a label
	macEvent     = "mfactl event"
	macApproval  = "mfactl approval"
	macMark      = "mfactl high-water mark"
	macKeyCopy   = "mfactl key copy"
	macInstance  = "mfactl instance"
	macName      = "mfactl unknown name"
	macStranger  = "mfactl stranger's counter"
	macReply     = "mfactl kept answer"
	macKeyHash   = "mfactl idempotency key"
	tagCodes     = "mfactl look-up code"
)

// verify checks a record's MAC. Damaged, never "off": whoever writes the
// database without the key changes no decision.
func (s *scope) verify(label, what string, record any, mac []byte) error {
	err := s.e.keys.VerifyMAC(label, s.e.forms.canonical(s.instance, record), mac)
	if err != nil {
		return mfa.Errorf(mfa.Damaged, "the record of %s does not verify", what).WithCause(err)
	}
	return nil
}

// prove is verify for a record that the store may hold in memory: what was verified once
// is true for as long as it does.
func (s *scope) prove(label, what string, record any, mac []byte, proof *mfa.Proof) error {
	if proof.Holds() {
		return nil
	}
	err := s.verify(label, what, record, mac)
	if err == nil {
		proof.Give()
	}
	return err
}

func (s *scope) sign(label string, record any) []byte {
	return s.e.keys.MAC(label, s.e.forms.canonical(s.instance, record))
}

// community reads a community and verifies it.
func (s *scope) community(id string) (mfa.Community, error) {
	c, err := s.r.Community(id)
	if err != nil {
		return c, s.gone(unreadableRecord(err, "community", id), "community "+id)
	}
	return c, s.prove(macCommunity, "community "+c.Name, c, c.MAC, c.Proof)
}

// communityCalled reads the community of a name and verifies it. The database reads the
// name from its index. If the index leads to the row of another community, that is damage
// too.
func (s *scope) communityCalled(name string) (mfa.Community, error) {
	c, err := s.r.CommunityByName(name)
	if err != nil {
		return c, unreadableRecord(err, "community", name)
	}
	return c, s.prove(macCommunity, "community "+c.Name, c, c.MAC, c.Proof)
}

// gone turns a missing row that must be there into damage.
func (s *scope) gone(err error, what string) error {
	if errors.Is(err, mfa.NotFound) {
		return mfa.Errorf(mfa.Damaged, "the record of %s is missing", what) // without its cause, which says "not found"
	}
	return err
}

// putCommunity writes a community. What was made of it before is forgotten.
func (s *scope) putCommunity(c *mfa.Community) error {
	s.changed, s.homes = true, nil
	c.MAC = s.sign(macCommunity, *c)
	if err := s.tx.PutCommunity(c); err != nil {
		return err
	}
	c.Proof.Give()
	return nil
}

func (s *scope) putUser(u *mfa.User) error {
	s.changed = true
	return s.keepUser(u)
}

// keepUser writes what a refusal may write too: attempts.
func (s *scope) keepUser(u *mfa.User) error {
	u.MAC = s.sign(macUser, *u)
	if err := s.tx.PutUser(u); err != nil {
		return err
	}
	u.Proof.Give()
	return nil
}

func (s *scope) putFactor(f *mfa.Factor) error {
	s.changed = true
	return s.keepFactor(f)
}

// putMarked writes a confirmed factor and marks it in the user row, which the
// caller writes.
func (s *scope) putMarked(u *account, f *mfa.Factor) error {
	if err := s.putFactor(f); err != nil {
		return err
	}
	unmark(u, f.ID)
	u.Factors = append(u.Factors, markOf(*f))
	return nil
}

// markOf is what the user row remembers of a factor: which it is, and its newest
// state, of which 64 bits of the MAC tell.
func markOf(f mfa.Factor) mfa.FactorMark {
	return mfa.FactorMark{ID: f.ID, Kind: f.Kind, Seen: hex.EncodeToString(f.MAC[max(0, len(f.MAC)-8):])}
}

// keepFactor writes what a refusal may write too: the tries of a pending
// enrolment.
func (s *scope) keepFactor(f *mfa.Factor) error {
	f.MAC = s.sign(macFactor, *f)
	if err := s.tx.PutFactor(f); err != nil {
		return err
	}
	f.Proof.Give()
	return nil
}

func (s *scope) deleteFactor(id string) error {
	s.changed = true
	return s.tx.DeleteFactor(id)
}

func (s *scope) putApproval(a *mfa.Approval) error {
	s.changed = true
	a.MAC = s.sign(macApproval, *a)
	return s.tx.PutApproval(a)
}

func (s *scope) putSession(x *mfa.Session) error {
	x.MAC = s.sign(macSession, *x)
	if err := s.tx.PutSession(x); err != nil {
		return err
	}
	x.Proof.Give()
	return nil
}

func (s *scope) putToken(k *mfa.Token) error {
	s.changed = true
	return s.keepToken(k)
}

// keepToken writes what a refusal may write too: when the token was used.
func (s *scope) keepToken(k *mfa.Token) error {
	k.MAC = s.sign(macToken, *k)
	if err := s.tx.PutToken(k); err != nil {
		return err
	}
	k.Proof.Give()
	return nil
}
