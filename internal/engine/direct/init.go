package direct

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Init makes the first community and its first operator on an empty store and
// signs them in. It is for whoever opens the store directly. Usage for
// malformed input, Conflict where the store has been initialised.
func (e *Part) Init(ctx context.Context, req mfa.InitRequest) (mfa.Initialised, error) {
	var out mfa.Initialised
	title, err := act.CanonicalCommunityName(req.Community)
	if err != nil {
		return out, err
	}
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return out, err
	}
	if err := signin.CheckPassword(req.Password); err != nil {
		return out, err
	}
	first := &act.Account{User: mfa.User{Email: address}, Community: mfa.Community{Name: title}, Policy: mfa.DefaultPolicy()}
	if err := signin.CheckPasswordOf(first, req.Password); err != nil {
		return out, err
	}
	phc, err := e.HashPassword(ctx, req.Password)
	if err != nil {
		return out, err
	}
	return act.PerformFirst(ctx, e.Runner, "Init", func(a *act.Act) (mfa.Initialised, error) { return begin(a, title, address, phc) })
}

func begin(a *act.Act, title, address, phc string) (mfa.Initialised, error) {
	out := mfa.Initialised{Community: title, User: address}
	var err error
	if out.CommunityID, err = act.NewID(a.Now, a.Rand); err != nil {
		return out, err
	}
	if out.UserID, err = act.NewID(a.Now, a.Rand); err != nil {
		return out, err
	}
	c := mfa.Community{ID: out.CommunityID, Name: title, CreatedAt: a.Now}
	if err := a.Write.PutCommunity(&c); err != nil {
		return out, err
	}
	u, err := a.AccountOf(mfa.User{
		ID: out.UserID, CommunityID: c.ID, Email: address, Role: mfa.RoleOperator, Status: mfa.UserActive,
		State: mfa.StateOff, PasswordHash: phc, CreatedAt: a.Now,
	})
	if err != nil {
		return out, err
	}
	if err := a.Write.PutUser(&u.User); err != nil {
		return out, err
	}
	a.ActAs(u)
	if _, err := a.Record(act.Event{Action: mfa.ActInit, User: u, Note: "community " + title}); err != nil {
		return out, err
	}
	out.Session, err = signin.Enter(a, u, "")
	return out, err
}
