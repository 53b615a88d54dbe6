package admin

import (
	"cmp"
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/engine/signin"
	"github.com/mfactl/mfactl/internal/mfa"
)

// UpdateUser implements [mfa.Users].
func (e *Part) UpdateUser(ctx context.Context, req mfa.UpdateUserRequest) (mfa.UpdatedUser, error) {
	var err error
	if req.Email != "" {
		if req.Email, err = act.CanonicalEmail(req.Email); err != nil {
			return mfa.UpdatedUser{}, err
		}
	}
	if req.Status != "" && req.Status != mfa.UserActive && req.Status != mfa.UserDeactivated {
		return mfa.UpdatedUser{}, mfa.UsageError("status", "cannot be %q", req.Status).WithHint("active or deactivated")
	}
	if req.Request && (req.Email == "" || req.Role != "" || req.Community != "" || req.Status != "") {
		return mfa.UpdatedUser{}, mfa.UsageError("request", "a request is about a new address alone")
	}
	o := act.Spec{Method: "UpdateUser", Body: req, User: req.User, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.UpdatedUser, error) {
		return UpdateNow(a, u, req, Basis{Reason: req.Reason})
	})
}

// change is what an update makes of an account.
type change struct {
	was  act.Account
	next act.Account
}

func (c change) role() bool    { return c.next.Role != c.was.Role }
func (c change) address() bool { return c.next.Email != c.was.Email }
func (c change) moved() bool   { return c.next.CommunityID != c.was.CommunityID }
func (c change) status() bool  { return c.next.Status != c.was.Status }

// narrows reports whether what the account may do has changed, which ends its
// sessions.
func (c change) narrows() bool { return c.role() || c.moved() || c.status() }

// widens says what of a change needs the actor's password; it is empty if nothing does. An API
// token changes no account, so it deactivates no member either.
func (c change) widens(byToken bool) string {
	switch {
	case c.role():
		return "change a role"
	case c.moved():
		return "move an account to another community"
	case c.address():
		return "change an address"
	case c.status() && c.next.Status == mfa.UserActive:
		return "reactivate an account"
	case c.status() && c.was.Grant.Privileged():
		return "deactivate an account with permissions over others"
	case c.status() && byToken:
		return "deactivate an account"
	}
	return ""
}

// UpdateNow changes the target, or files its new address for a second person.
func UpdateNow(a *act.Act, u *act.Account, req mfa.UpdateUserRequest, b Basis) (mfa.UpdatedUser, error) {
	out := mfa.UpdatedUser{DryRun: req.DryRun}
	c, err := planned(a, u, req)
	if err != nil {
		return out, err
	}
	if c.address() {
		if err := requireNewLook(a, c.next.Email, u.ID); err != nil {
			return out, err
		}
	}
	out.Changed = c.address() || c.narrows()
	if c.address() {
		if err := forbidController(a, u, b); err != nil {
			return out, err
		}
	}
	if req.Request && out.Changed {
		if err := act.RequirePassword(a, "ask for a new address"); err != nil {
			return out, err
		}
		out.Request, out.Changed, err = fileRequest(a, u, mfa.Request{Email: c.next.Email, Reason: b.Reason}, req.DryRun)
		if err == nil {
			out.User, err = userInfo(a, &c.was, true)
		}
		return out, err
	}
	if err := mayUpdate(a, c, b); err != nil {
		return out, err
	}
	if what := c.widens(a.Unattended()); what != "" && !b.BreakGlass {
		if err := act.RequirePassword(a, what); err != nil {
			return out, err
		}
	}
	if out.Changed && !req.DryRun {
		return applyChange(a, u, c, b, out)
	}
	out.User, err = userInfo(a, &c.next, true)
	if err == nil && c.narrows() {
		out.Ended = out.User.Sessions
	}
	return out, err
}

// planned is the change that was asked for. NotFound for the community, Usage
// for a role that is not known there.
func planned(a *act.Act, u *act.Account, req mfa.UpdateUserRequest) (change, error) {
	next := u.User
	next.Role = cmp.Or(req.Role, u.Role)
	next.Email = cmp.Or(req.Email, u.Email)
	next.Status = cmp.Or(req.Status, u.Status)
	if req.Community != "" {
		c, err := communityNamed(a, req.Community)
		if err != nil {
			return change{}, err
		}
		next.CommunityID = c.ID
		if next.Held, err = heldOnMove(a, u, c.ID); err != nil {
			return change{}, err
		}
	}
	after, err := a.AccountOf(next)
	if err != nil {
		return change{}, err
	}
	return change{was: *u, next: *after}, nil
}

// mayUpdate refuses a role that has more than the actor, an address that is
// taken, the end of the last administrator, and one person alone at what counts
// as both resets: a new address of somebody who has permissions over others.
func mayUpdate(a *act.Act, c change, b Basis) error {
	if c.role() || c.moved() {
		if err := mayGrant(a, c.next.Role, c.next.Community); err != nil {
			return err
		}
	}
	if c.status() && c.was.Status == mfa.UserLocked && c.next.Status == mfa.UserActive {
		return mfa.Errorf(mfa.Conflict, "%s is locked", c.was.Email).WithHint("mfactl admin users unlock %s", mfa.ShellWord(c.was.Email))
	}
	if c.narrows() {
		if err := requireAnotherAdministrator(a, &c.was); err != nil {
			return err
		}
	}
	if !c.address() {
		return nil
	}
	_, err := a.AccountAt(c.next.Email)
	if err == nil {
		return mfa.Errorf(mfa.Conflict, "the address %s is taken", c.next.Email).WithHint("mfactl admin users show %s", mfa.ShellWord(c.next.Email))
	}
	if !errors.Is(err, mfa.NotFound) {
		return err
	}
	return mayChangeAddress(a, c, b)
}

// privileged reports whether the account has permissions over others, before or after.
func (c change) privileged(a *act.Act) bool {
	return a.Privileged(&c.was) || c.next.Grant.Privileged()
}

// mayChangeAddress refuses to one person a new address of somebody who has permissions over
// others, which is both halves at once, unless the account was created within a day and never
// used. Of a member it is the password half. A reserved address takes two people as well.
func mayChangeAddress(a *act.Act, c change, b Basis) error {
	if b.BreakGlass || b.requester != nil {
		return nil
	}
	until, err := reserved(a, c.next.Community, c.next.Email, c.was.ID)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		return askingHint(a, &c.was, isReserved(c.next.Email, until))
	}
	fresh := !c.was.Used() && a.Now.Before(c.was.CreatedAt.Add(mfa.HalfMin))
	switch {
	case fresh:
		return nil
	case c.privileged(a):
		return askingHint(a, &c.was, mfa.Errorf(mfa.PolicyForbids,
			"the two-person rule: %s has permissions over others, and a new address of such an account takes two people", c.was.Email))
	case mayDoBoth(a, &c.was):
		return nil
	}
	return forbidOtherHalf(a, &c.was, mfa.HalfPassword)
}

// applyChange makes the account what it is to be: each part with its event and its
// notice, the user row once.
func applyChange(a *act.Act, u *act.Account, c change, b Basis, out mfa.UpdatedUser) (mfa.UpdatedUser, error) {
	steps := []struct {
		asked bool
		apply func() error
	}{
		{c.address(), func() error { return changeEmail(a, u, c, b) }},
		{c.role(), func() error { return changeRole(a, u, c, b) }},
		{c.moved(), func() error { return move(a, u, c, b) }},
		{c.status(), func() error { return changeStatus(a, u, c, b) }},
	}
	for _, step := range steps {
		if !step.asked {
			continue
		}
		if err := step.apply(); err != nil {
			return out, err
		}
	}
	a.Wrote(a.Write.PutUser(&u.User))
	var err error
	if c.narrows() {
		if out.Ended, err = a.EndSessions(u.ID, ""); err != nil {
			return out, err
		}
	}
	out.User, err = userInfo(a, u, true)
	return out, err
}

// changeEmail tells both addresses. For somebody with permissions over others,
// before or after, it counts as both resets.
func changeEmail(a *act.Act, u *act.Account, c change, b Basis) error {
	note := c.was.Email + " to " + c.next.Email
	if c.privileged(a) {
		act.RecordHalf(a, u, mfa.HalfFactor, b.asked...)
	}
	act.RecordHalf(a, u, mfa.HalfPassword, b.asked...)
	act.RecordControl(a, u, mfa.ControlAddress, b.asked...)
	if err := keepFormer(a, &c.was, false); err != nil {
		return err
	}
	u.Email = c.next.Email
	a.Record(b.Event(mfa.ActUserUpdate, u, note))
	former := b.Notice(mfa.NoticeAddressChanged, note)
	former.Address = c.was.Email
	a.Notify(u, former)
	a.Notify(u, b.Notice(mfa.NoticeAddressChanged, note))
	return nil
}

func changeRole(a *act.Act, u *act.Account, c change, b Basis) error {
	note := string(c.was.Role) + " to " + string(c.next.Role)
	what := mfa.ControlRole
	if c.was.Grant.Covers(c.next.Grant) {
		what = mfa.ControlDemoted
	}
	act.RecordControl(a, u, what, b.asked...)
	u.Role, u.Grant = c.next.Role, c.next.Grant
	b.announce(a, u, mfa.ActRoleChange, mfa.NoticeRoleChanged, note)
	return nil
}

// move takes the account to another community, whose auditors are told as those
// of the old one are. A recovery code does not go along.
func move(a *act.Act, u *act.Account, c change, b Basis) error {
	note := c.was.Community.Name + " to " + c.next.Community.Name
	if err := signin.RevokeRecovery(a, u, b.Event("", u, "")); err != nil {
		return err
	}
	act.RecordControl(a, u, mfa.ControlMove, b.asked...)
	if a.Privileged(&c.was) && !c.next.Grant.Privileged() { // a role of the same name may give nothing there
		act.RecordControl(a, u, mfa.ControlDemoted, b.asked...)
	}
	a.Record(b.Event(mfa.ActUserMove, u, note))
	if held := heldAt(a, c.next.Held); len(held) > 0 {
		if err := notifyLoosened(a, c.was.Community, "moved "+u.Email+": "+note, b.Reason, held); err != nil {
			return err
		}
	}
	u.Held = c.next.Held
	u.CommunityID, u.Community, u.Grant, u.Policy = c.next.CommunityID, c.next.Community, c.next.Grant, c.next.Policy
	b.announce(a, u, mfa.ActUserMove, mfa.NoticeMoved, note)
	return nil
}

// changeStatus deactivates an account, which kills its recovery code and its API
// tokens, or takes that back.
func changeStatus(a *act.Act, u *act.Account, c change, b Basis) error {
	u.Status = c.next.Status
	if u.Status == mfa.UserActive {
		act.RecordControl(a, u, mfa.ControlReactivated, b.asked...)
		b.announce(a, u, mfa.ActUserEnable, mfa.NoticeReactivated, "")
		return nil
	}
	if err := signin.RevokeRecovery(a, u, b.Event("", u, "")); err != nil {
		return err
	}
	u.Markers = nil
	ended, err := endTokens(a, u.ID)
	if err != nil {
		return err
	}
	a.Record(b.Event(mfa.ActUserDisable, u, "removed "+act.Counted(ended, "API token")))
	a.Notify(u, b.Notice(mfa.NoticeDeactivated, ""))
	return nil
}
