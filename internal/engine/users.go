package engine

import (
	"context"
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxPage bounds one page of a list.
const maxPage = 1000

// CreateUser implements [mfa.Users].
func (e *Engine) CreateUser(ctx context.Context, req mfa.CreateUserRequest) (mfa.CreatedUser, error) {
	address, err := email(req.Email)
	if err != nil {
		return mfa.CreatedUser{}, err
	}
	if req.Role == "" {
		req.Role = mfa.RoleMember
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.CreatedUser{}, err
	}
	o := op{method: "CreateUser", body: req, reason: reason, dry: req.DryRun}
	var phc string
	if !req.Password.IsZero() {
		if err := e.goodPassword(req.Password); err != nil {
			return mfa.CreatedUser{}, err
		}
		o.prepare = func(ctx context.Context) (err error) {
			phc, err = e.hash(ctx, req.Password)
			return err
		}
	}
	return do(ctx, e, o, func(s *scope) (mfa.CreatedUser, error) {
		out := mfa.CreatedUser{DryRun: req.DryRun}
		c, err := s.communityNamed(req.Community)
		if err != nil {
			return out, err
		}
		if err := s.mayGrant(req.Role, c); err != nil {
			return out, err
		}
		old, err := s.r.UserByEmail(address)
		if err == nil {
			out.User, err = s.sameUser(old, req.Role, c)
			return out, err
		}
		if !errors.Is(err, mfa.NotFound) {
			return out, err
		}
		return s.createUser(out, mfa.User{
			CommunityID: c.ID, Email: address, Role: req.Role, Status: mfa.UserActive, State: mfa.StateOff,
			PasswordHash: phc, CreatedAt: s.now, CreatedBy: s.actor.ID,
		}, c, req.Password)
	})
}

// mayGrant refuses a role that is not known in a community, and one that has
// more than the actor.
func (s *scope) mayGrant(role mfa.Role, c mfa.Community) error {
	h, err := s.home(c.ID)
	if err != nil {
		return err
	}
	if !h.knows(role) {
		return mfa.Bad("role", "no such role %q in %s", role, c.Name).WithHint("mfactl admin roles list -c %s", c.Name)
	}
	if !s.actor.grant.Covers(h.grant(role)) {
		return mfa.Errorf(mfa.Forbidden, "the role %s has permissions you lack", role)
	}
	return nil
}

// sameUser answers a repeat: the account is there just so, else it is a
// conflict, which does not tell of other communities.
func (s *scope) sameUser(old mfa.User, role mfa.Role, c mfa.Community) (mfa.UserInfo, error) {
	if old.CommunityID != c.ID || old.Role != role {
		return mfa.UserInfo{}, mfa.Errorf(mfa.Conflict, "the address %s is taken", old.Email).
			WithHint("mfactl admin users show %s", old.Email)
	}
	u, err := s.verified(old)
	if err != nil {
		return mfa.UserInfo{}, err
	}
	s.target = u
	return s.about(u, true)
}

func (s *scope) createUser(out mfa.CreatedUser, row mfa.User, c mfa.Community, password mfa.Secret) (mfa.CreatedUser, error) {
	out.Changed = true
	u, err := s.settled(row)
	if err != nil {
		return out, err
	}
	if err := ownWords(u, password); err != nil {
		return out, err
	}
	if u.ID, err = newID(s.now, s.rand); err != nil {
		return out, err
	}
	s.target = u
	if s.op.dry {
		u.ID = ""
		out.User, err = s.about(u, false)
		return out, err
	}
	if err := s.putUser(&u.User); err != nil {
		return out, err
	}
	if u.PasswordHash == "" {
		if out.Code, out.ExpiresAt, err = s.issuePasswordCode(u); err != nil {
			return out, err
		}
	}
	if _, err := s.record(mfa.ActUserCreate, string(u.Role)); err != nil {
		return out, err
	}
	out.User, err = s.about(u, true)
	return out, err
}

// communityNamed finds a community the actor reaches, by name or id; their own
// by default.
func (s *scope) communityNamed(who string) (mfa.Community, error) {
	if who == "" {
		return s.actor.community, nil
	}
	none := mfa.Errorf(mfa.NotFound, "no community %s", who)
	c, err := s.r.CommunityByName(who)
	if errors.Is(err, mfa.NotFound) {
		c, err = s.r.Community(who)
	}
	if errors.Is(err, mfa.NotFound) {
		return c, none
	}
	if err != nil {
		return c, err
	}
	if err := s.verify(macCommunity, "community "+c.Name, c, c.MAC); err != nil {
		return c, err
	}
	in, err := s.reaches(c)
	if err == nil && !in {
		err = none
	}
	return c, err
}

// ShowUser implements [mfa.Users].
func (e *Engine) ShowUser(ctx context.Context, req mfa.ShowUserRequest) (mfa.UserInfo, error) {
	o := op{method: "ShowUser", body: req, user: req.User}
	return do(ctx, e, o, func(s *scope) (mfa.UserInfo, error) { return s.about(s.target, true) })
}

// ListUsers implements [mfa.Users].
func (e *Engine) ListUsers(ctx context.Context, req mfa.ListUsersRequest) (mfa.UserPage, error) {
	return do(ctx, e, op{method: "ListUsers", body: req}, func(s *scope) (mfa.UserPage, error) {
		out := mfa.UserPage{Items: []mfa.UserInfo{}}
		q := mfa.UserQuery{After: req.After, Limit: pageSize(req.Limit) + 1}
		var err error
		if req.Community == "" {
			q.CommunityIDs, err = s.reach()
		} else {
			var c mfa.Community
			c, err = s.communityNamed(req.Community)
			q.CommunityIDs = []string{c.ID}
		}
		if err != nil {
			return out, err
		}
		rows, err := s.r.Users(q)
		if err != nil {
			return out, err
		}
		if len(rows) == q.Limit {
			rows = rows[:q.Limit-1]
			out.Next = rows[len(rows)-1].Email
		}
		for _, row := range rows {
			u, err := s.verified(row)
			if err != nil {
				return out, err
			}
			info, err := s.about(u, false)
			if err != nil {
				return out, err
			}
			out.Items = append(out.Items, info)
		}
		return out, nil
	})
}

func pageSize(limit int) int {
	if limit <= 0 || limit > maxPage {
		return maxPage
	}
	return limit
}

// UpdateUser implements [mfa.Users].
func (e *Engine) UpdateUser(ctx context.Context, req mfa.UpdateUserRequest) (mfa.UpdatedUser, error) {
	var address string
	var err error
	if req.Email != "" {
		if address, err = email(req.Email); err != nil {
			return mfa.UpdatedUser{}, err
		}
	}
	reason, err := reasonText(req.Reason)
	if err != nil {
		return mfa.UpdatedUser{}, err
	}
	o := op{method: "UpdateUser", body: req, user: req.User, reason: reason, dry: req.DryRun}
	return do(ctx, e, o, func(s *scope) (mfa.UpdatedUser, error) {
		u := s.target
		out := mfa.UpdatedUser{DryRun: req.DryRun}
		newRole := req.Role != "" && req.Role != u.Role
		newEmail := address != "" && address != u.Email
		if err := s.mayUpdate(u, req.Role, address, newRole, newEmail); err != nil {
			return out, err
		}
		out.Changed = newRole || newEmail
		if !out.Changed || req.DryRun {
			out.User, err = s.wouldBe(u, req.Role, address)
			if newRole && err == nil {
				out.Ended = out.User.Sessions
			}
			return out, err
		}
		if newEmail { // before the role, which says how much an address counts
			if err := s.changeEmail(u, address); err != nil {
				return out, err
			}
		}
		if newRole {
			if out.Ended, err = s.changeRole(u, req.Role); err != nil {
				return out, err
			}
		}
		if err := s.putUser(&u.User); err != nil {
			return out, err
		}
		out.User, err = s.about(u, true)
		return out, err
	})
}

// wouldBe tells of an account as a change would leave it; nothing is written.
func (s *scope) wouldBe(u *account, role mfa.Role, address string) (mfa.UserInfo, error) {
	would := *u
	if role != "" {
		would.Role = role
	}
	if address != "" {
		would.Email = address
	}
	return s.about(&would, true)
}

// mayUpdate refuses a role that has more than the actor, an address that is
// taken, and the new address of an administrator close to a reset, since it
// counts as both resets.
func (s *scope) mayUpdate(u *account, role mfa.Role, address string, newRole, newEmail bool) error {
	if newRole {
		if err := s.mayGrant(role, u.community); err != nil {
			return err
		}
	}
	if !newEmail {
		return nil
	}
	_, err := s.r.UserByEmail(address)
	if err == nil {
		return mfa.Errorf(mfa.Conflict, "the address %s is taken", address).WithHint("mfactl admin users show %s", address)
	}
	if !errors.Is(err, mfa.NotFound) {
		return err
	}
	if !u.grant.Privileged() {
		return nil
	}
	if err := s.farFrom(u.ResetAt, "2FA"); err != nil {
		return err
	}
	return s.farFrom(u.PasswordResetAt, "password")
}

// changeRole ends the user's sessions: what they may do has changed.
func (s *scope) changeRole(u *account, role mfa.Role) (ended int, err error) {
	note := string(u.Role) + " to " + string(role)
	u.Role = role
	if ended, err = s.endSessions(u.ID, ""); err != nil {
		return 0, err
	}
	if _, err := s.record(mfa.ActRoleChange, note); err != nil {
		return 0, err
	}
	return ended, s.notify(u, mfa.NoticeRoleChanged, note)
}

// changeEmail tells both addresses.
func (s *scope) changeEmail(u *account, address string) error {
	old := u.Email
	note := old + " to " + address
	if u.grant.Privileged() {
		u.ResetAt, u.PasswordResetAt = s.now, s.now
	}
	u.Email = address
	if _, err := s.record(mfa.ActUserUpdate, note); err != nil {
		return err
	}
	if err := s.notifyAt(u, old, mfa.NoticeAddressChanged, note); err != nil {
		return err
	}
	return s.notifyAt(u, address, mfa.NoticeAddressChanged, note)
}

// about tells of one account; whole adds what takes more reading.
func (s *scope) about(u *account, whole bool) (mfa.UserInfo, error) {
	out := mfa.UserInfo{
		ID: u.ID, Email: u.Email, Community: u.community.Name, Role: u.Role, Status: u.Status, State: u.State,
		HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt,
	}
	if !u.LastSignInAt.IsZero() {
		out.LastSignInAt = &u.LastSignInAt
	}
	if !whole {
		return out, nil
	}
	out.UserDetail = &mfa.UserDetail{Factors: []mfa.FactorInfo{}}
	if err := s.aboutFactors(u, out.UserDetail); err != nil {
		return out, err
	}
	sessions, err := s.r.Sessions(u.ID)
	if err != nil {
		return out, err
	}
	for _, x := range sessions {
		if x.Level != mfa.LevelChallenge && s.now.Before(x.ExpiresAt) {
			out.Sessions++
		}
	}
	resets, err := s.r.Events(mfa.EventQuery{
		TargetID: u.ID, Actions: []mfa.Action{mfa.ActReset}, Outcome: mfa.OutcomeOK, Since: s.now.Add(-30 * 24 * time.Hour),
	})
	out.RecentResets = len(resets)
	return out, err
}

// aboutFactors tells of a user's factors as far as they can be read: an
// administrator must be able to look at a damaged account and reset it.
func (s *scope) aboutFactors(u *account, out *mfa.UserDetail) error {
	rows, err := s.r.Factors(u.ID)
	if err != nil {
		return err
	}
	for _, f := range rows {
		switch {
		case f.Status == mfa.FactorPending:
		case isFactor(f.Kind):
			out.Factors = append(out.Factors, s.info(u.User, f))
		case f.Kind == mfa.KindBackup:
			if n, err := s.codesIn(f); err == nil {
				out.BackupCodesLeft = n
			}
		case f.Kind == mfa.KindRecovery && u.State == mfa.StateRecovering:
			sound := s.verify(macFactor, "a recovery code", f, f.MAC) == nil
			if sound && f.LastUsedAt.IsZero() && !ended(f, s.now) {
				out.RecoveryExpires = &f.ExpiresAt
			}
		}
	}
	return nil
}
