package engine

import (
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// scope is one act in one transaction: who acts, when, and the transaction. A transaction
// that runs again gets a fresh one.
type scope struct {
	run      *runner
	r        *records.Reader
	refusals *records.RefusalWriter // for what a refusal leaves behind too; nil where the act only reads
	w        *records.Writer        // nil but while an act is done that may change something
	spec     spec
	rule     mfa.Rule
	call     mfa.Call
	clock    time.Time // what the clock says: for the steps of one-time passwords
	now      time.Time // for all that ends: never before what the store has seen
	doubted  bool      // the clock has leapt ahead
	mark     mark
	rand     io.Reader

	session mfa.Session // that asked; of a token what is like a session
	token   mfa.Token   // the API token that asked, if one did
	actor   *account    // nil before sign-in

	recorded bool // an event tells of what was done
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

// beginRead begins an act in a transaction that only reads.
func (run *runner) beginRead(r *records.Reader, o spec, rule mfa.Rule, call mfa.Call, d draw) (*scope, error) {
	s := &scope{run: run, r: r, spec: o, rule: rule, call: call, rand: d.reader()}
	return s, s.readClock()
}

// beginWrite begins an act in a transaction that may write what a refusal leaves behind.
func (run *runner) beginWrite(refusals *records.RefusalWriter, o spec, rule mfa.Rule, call mfa.Call, d draw) (*scope, error) {
	s, err := run.beginRead(refusals.Reader, o, rule, call, d)
	s.refusals = refusals
	return s, err
}

// beginMaintenance begins work that no call asks for, in any transaction.
func (run *runner) beginMaintenance(r *records.Reader) (*scope, error) {
	return run.beginRead(r, spec{}, mfa.Rule{}, mfa.Call{}, draw{}) // it draws nothing
}

// beginExamination begins a look at records of which any may be damaged: it knows no time,
// since the record that remembers it may be.
func (run *runner) beginExamination(r *records.Reader) *scope { return &scope{run: run, r: r} }

// actAs makes a user the caller, once what proves it was right.
func (s *scope) actAs(u *account) { s.actor = u }

// accountByID reads a user by id; the row is held where the act may write it.
func (s *scope) accountByID(id string, hold bool) (*account, error) {
	u, err := s.r.User(id, hold)
	if err != nil {
		return nil, err
	}
	return s.accountOf(u)
}

// accountNamed finds a user by address or id, and holds the row where the act
// may write.
func (s *scope) accountNamed(who string) (*account, error) {
	if address, err := email(who); err == nil {
		return s.addressed(address)
	}
	return s.accountByID(who, true)
}

// addressed finds a user by address, and holds the row where the act may write.
func (s *scope) addressed(address string) (*account, error) {
	u, err := s.r.UserAt(address)
	if err != nil {
		return nil, err
	}
	return s.accountOf(u)
}

// accountOf loads the user's community and computes grant and policy.
func (s *scope) accountOf(u mfa.User) (*account, error) {
	h, err := s.r.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	return &account{User: u, community: h.Communities[0], grant: h.Grant(u.Role), policy: h.Policy}, nil
}

// reaches reports whether the actor's permissions reach a community: everywhere,
// their own, or one below it.
func (s *scope) reaches(c mfa.Community) (bool, error) {
	if s.actor.grant.Everywhere {
		return true, nil
	}
	h, err := s.r.Lineage(c.ID)
	if err != nil {
		return false, err
	}
	return h.Below(s.actor.CommunityID), nil
}

// reach lists the communities the actor's permissions reach; nil means every
// one.
func (s *scope) reach() ([]string, error) {
	if s.actor.grant.Everywhere {
		return nil, nil
	}
	all, err := s.r.Lineages()
	if err != nil {
		return nil, err
	}
	ids := []string{s.actor.CommunityID}
	for _, h := range all {
		if id := h.Communities[0].ID; h.Below(s.actor.CommunityID) && id != s.actor.CommunityID {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
