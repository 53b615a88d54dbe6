package direct

import (
	"context"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Init makes the first community and its first operator on an empty store and
// signs them in. It needs a store that was opened directly. Usage for
// malformed input, Conflict where the store has been initialized.
func (e *Part) Init(ctx context.Context, req mfa.InitRequest) (mfa.Initialized, error) {
	var out mfa.Initialized
	title, err := act.CanonicalCommunityName(req.Community)
	if err != nil {
		return out, err
	}
	address, err := act.CanonicalEmail(req.Email)
	if err != nil {
		return out, err
	}
	if err := act.CheckScripts(address); err != nil {
		return out, err
	}
	if err := signin.CheckPassword(req.Password); err != nil {
		return out, err
	}
	first := &act.Account{User: mfa.User{Email: address}, Community: mfa.Community{Name: title}, Policy: mfa.DefaultPolicy()}
	if err := signin.CheckFirstPassword(first, req.Password); err != nil {
		return out, err
	}
	phc, err := e.HashPassword(ctx, req.Password)
	if err != nil {
		return out, err
	}
	return act.PerformFirst(ctx, e.Runner, "Init", func(a *act.Act) (mfa.Initialized, error) { return begin(a, title, address, phc) })
}

func begin(a *act.Act, title, address, phc string) (mfa.Initialized, error) {
	out := mfa.Initialized{Community: title, User: address, CommunityID: a.NewID(), UserID: a.NewID()}
	c := mfa.Community{ID: out.CommunityID, Name: title, CreatedAt: a.Now}
	a.Wrote(a.Write.PutCommunity(&c))
	u, err := a.AccountOf(mfa.User{
		ID: out.UserID, CommunityID: c.ID, Email: address, Role: mfa.RoleOperator, Status: mfa.UserActive,
		State: mfa.StateOff, PasswordHash: phc, CreatedAt: a.Now,
	})
	if err != nil {
		return out, err
	}
	a.Wrote(a.Write.PutUser(&u.User))
	a.ActAs(u)
	a.Record(act.Event{Action: mfa.ActInit, User: u, Note: "community " + title})
	out.Session = signin.Enter(a, u, "")
	return out, nil
}
