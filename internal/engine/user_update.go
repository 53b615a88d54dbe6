package engine

import (
	"context"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// UpdateUser implements [mfa.Users].
func (e *Engine) UpdateUser(ctx context.Context, req mfa.UpdateUserRequest) (mfa.UpdatedUser, error) {
	var err error
	if req.Email != "" {
		if req.Email, err = email(req.Email); err != nil {
			return mfa.UpdatedUser{}, err
		}
	}
	if req.Status != "" && req.Status != mfa.UserActive && req.Status != mfa.UserDeactivated {
		return mfa.UpdatedUser{}, mfa.Bad("status", "cannot be %q", req.Status).WithHint("active or deactivated")
	}
	if req.Request && (req.Email == "" || req.Role != "" || req.Community != "" || req.Status != "") {
		return mfa.UpdatedUser{}, mfa.Bad("request", "a request is about a new address alone")
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.UpdatedUser{}, err
	}
	o := spec{method: "UpdateUser", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.UpdatedUser, error) { return s.update(u, req, basis{reason: reason}) })
}

// change is what an update makes of an account.
type change struct {
	was  account
	next account
}

func (c change) role() bool    { return c.next.Role != c.was.Role }
func (c change) address() bool { return c.next.Email != c.was.Email }
func (c change) moved() bool   { return c.next.CommunityID != c.was.CommunityID }
func (c change) status() bool  { return c.next.Status != c.was.Status }

// narrows reports whether what the account may do has changed, which ends its
// sessions.
func (c change) narrows() bool { return c.role() || c.moved() || c.status() }

// update changes the target, or files its new address for a second person.
func (s *scope) update(u *account, req mfa.UpdateUserRequest, b basis) (mfa.UpdatedUser, error) {
	out := mfa.UpdatedUser{DryRun: req.DryRun}
	c, err := s.planned(u, req)
	if err != nil {
		return out, err
	}
	out.Changed = c.address() || c.narrows()
	if req.Request && out.Changed {
		out.Request, out.Changed, err = s.fileRequest(u, mfa.Request{Email: c.next.Email, Reason: b.reason}, req.DryRun)
		if err == nil {
			out.User, err = s.userInfo(&c.was, true)
		}
		return out, err
	}
	if err := s.mayUpdate(c, b); err != nil {
		return out, err
	}
	if out.Changed && !req.DryRun {
		return s.applyChange(u, c, b, out)
	}
	out.User, err = s.userInfo(&c.next, true)
	if err == nil && c.narrows() {
		out.Ended = out.User.Sessions
	}
	return out, err
}

// planned is the change that was asked for. NotFound for the community, Usage
// for a role that is not known there.
func (s *scope) planned(u *account, req mfa.UpdateUserRequest) (change, error) {
	next := u.User
	if req.Role != "" {
		next.Role = req.Role
	}
	if req.Email != "" {
		next.Email = req.Email
	}
	if req.Status != "" {
		next.Status = req.Status
	}
	if req.Community != "" {
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return change{}, err
		}
		next.CommunityID = c.ID
	}
	a, err := s.accountOf(next)
	if err != nil {
		return change{}, err
	}
	return change{was: *u, next: *a}, nil
}

// mayUpdate refuses a role that has more than the actor, an address that is
// taken, the end of the last administrator, and one person alone at what counts
// as both resets: a new address of somebody who has permissions over others.
func (s *scope) mayUpdate(c change, b basis) error {
	if c.role() || c.moved() {
		if err := s.mayGrant(c.next.Role, c.next.community); err != nil {
			return err
		}
	}
	if c.status() && c.was.Status == mfa.UserLocked && c.next.Status == mfa.UserActive {
		return mfa.Errorf(mfa.Conflict, "%s is locked", c.was.Email).WithHint("mfactl admin users unlock %s", mfa.ShellWord(c.was.Email))
	}
	if c.narrows() {
		if err := s.requireAnotherAdministrator(&c.was); err != nil {
			return err
		}
	}
	if !c.address() {
		return nil
	}
	_, err := s.addressed(c.next.Email)
	if err == nil {
		return mfa.Errorf(mfa.Conflict, "the address %s is taken", c.next.Email).WithHint("mfactl admin users show %s", mfa.ShellWord(c.next.Email))
	}
	if !errors.Is(err, mfa.NotFound) {
		return err
	}
	if !s.privileged(&c.was) && !c.next.grant.Privileged() {
		return nil
	}
	return s.requireTwoPersons(&c.was, b, map[string]time.Time{"2FA": c.was.ResetAt, "password": c.was.PasswordResetAt})
}

// applyChange makes the account what it is to be: each part with its event and its
// notice, the user row once.
func (s *scope) applyChange(u *account, c change, b basis, out mfa.UpdatedUser) (mfa.UpdatedUser, error) {
	steps := []struct {
		asked bool
		apply func() error
	}{
		{c.address(), func() error { return s.changeEmail(u, c, b) }},
		{c.role(), func() error { return s.changeRole(u, c, b) }},
		{c.moved(), func() error { return s.move(u, c, b) }},
		{c.status(), func() error { return s.changeStatus(u, c, b) }},
	}
	for _, step := range steps {
		if !step.asked {
			continue
		}
		if err := step.apply(); err != nil {
			return out, err
		}
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return out, err
	}
	var err error
	if c.narrows() {
		if out.Ended, err = s.endSessions(u.ID, ""); err != nil {
			return out, err
		}
	}
	out.User, err = s.userInfo(u, true)
	return out, err
}

// changeEmail tells both addresses. For somebody with permissions over others,
// before or after, it counts as both resets.
func (s *scope) changeEmail(u *account, c change, b basis) error {
	note := c.was.Email + " to " + c.next.Email
	if s.privileged(&c.was) || c.next.grant.Privileged() {
		u.ResetAt, u.PasswordResetAt = s.now, s.now
	}
	if err := s.recordControl(u, mfa.ControlAddress, b.requester); err != nil {
		return err
	}
	u.Email = c.next.Email
	if _, err := s.record(b.event(mfa.ActUserUpdate, u, note)); err != nil {
		return err
	}
	former := b.notice(mfa.NoticeAddressChanged, note)
	former.address = c.was.Email
	if err := s.notify(u, former); err != nil {
		return err
	}
	return s.notify(u, b.notice(mfa.NoticeAddressChanged, note))
}

func (s *scope) changeRole(u *account, c change, b basis) error {
	note := string(c.was.Role) + " to " + string(c.next.Role)
	if err := s.recordControl(u, mfa.ControlRole, b.requester); err != nil {
		return err
	}
	u.Role, u.grant = c.next.Role, c.next.grant
	if _, err := s.record(b.event(mfa.ActRoleChange, u, note)); err != nil {
		return err
	}
	return s.notify(u, b.notice(mfa.NoticeRoleChanged, note))
}

// move takes the account to another community, whose auditors are told as those
// of the old one are. A recovery code does not go along.
func (s *scope) move(u *account, c change, b basis) error {
	note := c.was.community.Name + " to " + c.next.community.Name
	if err := s.revokeRecovery(u, b.event("", u, "")); err != nil {
		return err
	}
	if err := s.recordControl(u, mfa.ControlMove, b.requester); err != nil {
		return err
	}
	if _, err := s.record(b.event(mfa.ActUserMove, u, note)); err != nil {
		return err
	}
	u.CommunityID, u.community, u.grant, u.policy = c.next.CommunityID, c.next.community, c.next.grant, c.next.policy
	if _, err := s.record(b.event(mfa.ActUserMove, u, note)); err != nil {
		return err
	}
	return s.notify(u, b.notice(mfa.NoticeMoved, note))
}

// changeStatus deactivates an account, which kills its recovery code and its API
// tokens, or takes that back.
func (s *scope) changeStatus(u *account, c change, b basis) error {
	u.Status = c.next.Status
	if u.Status == mfa.UserActive {
		if _, err := s.record(b.event(mfa.ActUserEnable, u, "")); err != nil {
			return err
		}
		return s.notify(u, b.notice(mfa.NoticeReactivated, ""))
	}
	if err := s.revokeRecovery(u, b.event("", u, "")); err != nil {
		return err
	}
	ended, err := s.endTokens(u.ID)
	if err != nil {
		return err
	}
	if _, err := s.record(b.event(mfa.ActUserDisable, u, "removed "+counted(ended, "API token"))); err != nil {
		return err
	}
	return s.notify(u, b.notice(mfa.NoticeDeactivated, ""))
}
