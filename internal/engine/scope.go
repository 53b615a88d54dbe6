package engine

import (
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// scope is one act in one transaction: who acts, on whom, when, and what was
// written so far. A transaction that runs again gets a fresh one.
type scope struct {
	e        *Engine
	r        mfa.Reader
	tx       mfa.Tx // nil where the act only reads
	op       op
	rule     mfa.Rule
	call     mfa.Call
	instance string
	clock    time.Time // what the clock says: for the steps of one-time passwords
	now      time.Time // for all that ends: never before what the store has seen
	doubted  bool      // the clock has leapt ahead
	mark     mark
	rand     io.Reader

	session  mfa.Session    // of a token what is like a session
	token    mfa.Token      // the API token that asked, if one did
	asked    string         // hash of what asked; the act may go on with another session
	actor    *account       // nil before sign-in
	target   *account       // the user acted on; the actor where the rule names no permission
	tenant   *mfa.Community // the community acted on, where it is no user
	second   *account       // whoever asked for what the actor approves
	linked   bool           // the approver has had the account of whoever asked in hand
	glass    bool           // break-glass: nobody is signed in, and no second person is asked
	stranger string         // the name given where it is nobody's
	homes    map[string]*home
	factor   mfa.Kind // the kind of factor that was tried

	changed  bool // something was written that a refusal may not write
	recorded bool // an event tells of it
}

// account is a user with what belongs to them.
type account struct {
	mfa.User
	community mfa.Community
	grant     mfa.Grant  // what the role gives
	policy    mfa.Policy // the rules that hold for the user
}

// needs2FA reports whether the policy requires 2FA of the account. A service
// account is always exempt: it can have none.
func (u *account) needs2FA() bool {
	return !u.Service && u.policy.Requires(u.ID, u.grant)
}

// scope begins an act in a transaction and makes sure that the keys belong to
// the store. Damaged if they do not, Unavailable where it was never finished.
func (e *Engine) scope(r mfa.Reader, o op, rule mfa.Rule, call mfa.Call, d draw) (*scope, error) {
	s, err := e.timeless(r, o, rule, call, d)
	if err == nil {
		err = s.readClock()
	}
	return s, err
}

// timeless is a scope that does not know the time: for a check, which must go on
// where the store's memory of it is damaged.
func (e *Engine) timeless(r mfa.Reader, o op, rule mfa.Rule, call mfa.Call, d draw) (*scope, error) {
	s := &scope{e: e, r: r, op: o, rule: rule, call: call, rand: d.reader()}
	if known := e.instance.Load(); known != nil {
		s.instance = *known
		return s, nil
	}
	instance, err := r.Meta(mfa.MetaInstance)
	if err != nil {
		return nil, s.unmade(err)
	}
	check, err := r.Meta(mfa.MetaKeyCheck)
	if err != nil {
		return nil, s.gone(err, "the store's key check")
	}
	mac, err := hex.DecodeString(check)
	if err == nil {
		err = e.keys.VerifyMAC(macInstance, []byte(instance), mac)
	}
	if err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "the key file belongs to another store").
			WithHint("set MFACTL_KEY_FILE to this store's key, or restore its copy").WithCause(err)
	}
	e.instance.Store(&instance)
	s.instance = instance
	return s, nil
}

// unmade tells a store whose init did not end, which holds nothing, from one that
// has lost its instance.
func (s *scope) unmade(err error) error {
	all, unread := s.r.Communities()
	if errors.Is(err, mfa.NotFound) && unread == nil && len(all) == 0 {
		return mfa.Errorf(mfa.Unavailable, "the store is empty: its init did not end").WithHint("mfactl init")
	}
	return s.gone(err, "the store's instance")
}

// account reads a user by id and verifies it; the row is held where the act may
// write it.
func (s *scope) account(id string, hold bool) (*account, error) {
	return s.accountOf(id, hold, id)
}

// accountOf is account, but errors name the user by name instead of id.
func (s *scope) accountOf(id string, hold bool, name string) (*account, error) {
	read := s.r.User
	if hold && s.tx != nil {
		read = s.tx.LockUser
	}
	u, err := read(id)
	if err != nil {
		return nil, unreadableRecord(err, "user", name)
	}
	return s.verified(u)
}

// accountNamed finds a user by address or id, and holds the row where the act
// may write.
func (s *scope) accountNamed(who string) (*account, error) {
	if address, err := email(who); err == nil {
		return s.addressed(address)
	}
	return s.account(who, true)
}

// addressed finds a user by address. Where the address leads to an id there is such a
// user: one whom the id does not find, or of another address, is damage and never
// "nobody".
func (s *scope) addressed(address string) (*account, error) {
	id, err := s.r.UserID(address)
	if err != nil {
		return nil, err
	}
	u, err := s.accountOf(id, true, address)
	if err != nil {
		return nil, s.gone(err, "user "+address)
	}
	if u.Email != address {
		return nil, mfa.Errorf(mfa.Damaged, "the address %s leads to another user", address)
	}
	return u, nil
}

func (s *scope) verified(u mfa.User) (*account, error) {
	if err := s.prove(macUser, "user "+u.Email, u, u.MAC, u.Proof); err != nil {
		return nil, err
	}
	return s.settled(u)
}

// settled is a user with their community, and what it makes of their role and of
// the rules.
func (s *scope) settled(u mfa.User) (*account, error) {
	h, err := s.home(u.CommunityID)
	if err != nil {
		return nil, err
	}
	return &account{User: u, community: h.line[0], grant: h.grant(u.Role), policy: h.policy}, nil
}

// factors returns the confirmed factor rows of a user, oldest first. The user
// row remembers which there must be: one that is missing, strange or changed is
// damage, never "no factor".
func (s *scope) factors(u mfa.User) ([]mfa.Factor, error) {
	rows, err := s.r.Factors(u.ID)
	if err != nil {
		return nil, err
	}
	var out []mfa.Factor
	for _, f := range rows {
		if f.Status == mfa.FactorPending {
			continue
		}
		if !slices.Contains(u.Factors, markOf(f)) {
			return nil, mfa.Errorf(mfa.Damaged, "user %s has a factor that was never confirmed, or is not what it was", u.Email)
		}
		if err := s.prove(macFactor, "a factor of "+u.Email, f, f.MAC, f.Proof); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(out) != len(u.Factors) {
		return nil, mfa.Errorf(mfa.Damaged, "a factor of %s is missing", u.Email)
	}
	return out, nil
}

// reaches reports whether the actor's permissions reach a community: everywhere,
// their own, or one below it.
func (s *scope) reaches(c mfa.Community) (bool, error) {
	if s.actor.grant.Everywhere {
		return true, nil
	}
	h, err := s.home(c.ID)
	if err != nil {
		return false, err
	}
	return h.below(s.actor.CommunityID), nil
}

// reach lists the communities the actor's permissions reach; nil means every
// one.
func (s *scope) reach() ([]string, error) {
	if s.actor.grant.Everywhere {
		return nil, nil
	}
	all, err := s.r.Communities()
	if err != nil {
		return nil, err
	}
	ids := []string{s.actor.CommunityID}
	for _, c := range all {
		in, err := s.reaches(c)
		if err != nil {
			return nil, err
		}
		if in && c.ID != s.actor.CommunityID {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}
