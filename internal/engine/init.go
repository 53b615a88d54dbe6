package engine

import (
	"context"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Init makes the first community and its first operator on an empty store and
// signs them in. It is for whoever opens the store directly. Usage for
// malformed input, Conflict where the store has been initialised.
func (e *Engine) Init(ctx context.Context, req mfa.InitRequest) (mfa.Initialised, error) {
	var out mfa.Initialised
	title, err := communityName(req.Community)
	if err != nil {
		return out, err
	}
	address, err := email(req.Email)
	if err != nil {
		return out, err
	}
	if err := goodPassword(req.Password); err != nil {
		return out, err
	}
	first := &account{User: mfa.User{Email: address}, community: mfa.Community{Name: title}, policy: mfa.DefaultPolicy()}
	if err := suits(first, req.Password); err != nil {
		return out, err
	}
	phc, err := e.hash(ctx, req.Password)
	if err != nil {
		return out, err
	}
	return performFirst(ctx, e.runner, "Init", func(s *scope) (mfa.Initialised, error) { return s.begin(title, address, phc) })
}

func (s *scope) begin(title, address, phc string) (mfa.Initialised, error) {
	out := mfa.Initialised{Community: title, User: address}
	var err error
	if out.CommunityID, err = newID(s.now, s.rand); err != nil {
		return out, err
	}
	if out.UserID, err = newID(s.now, s.rand); err != nil {
		return out, err
	}
	c := mfa.Community{ID: out.CommunityID, Name: title, CreatedAt: s.now}
	if err := s.w.PutCommunity(&c); err != nil {
		return out, err
	}
	u, err := s.accountOf(mfa.User{
		ID: out.UserID, CommunityID: c.ID, Email: address, Role: mfa.RoleOperator, Status: mfa.UserActive,
		State: mfa.StateOff, PasswordHash: phc, CreatedAt: s.now,
	})
	if err != nil {
		return out, err
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return out, err
	}
	s.actAs(u)
	if _, err := s.record(event{action: mfa.ActInit, user: u, note: "community " + title}); err != nil {
		return out, err
	}
	out.Session, err = s.enter(u, "")
	return out, err
}
