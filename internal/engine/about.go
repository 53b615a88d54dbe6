package engine

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// about tells of one account; whole adds what takes more reading.
func (s *scope) about(u *account, whole bool) (mfa.UserInfo, error) {
	out := mfa.UserInfo{
		ID: u.ID, Email: u.Email, Community: u.community.Name, Role: u.Role, Privileged: u.grant.Privileged(),
		Service: u.Service, Status: u.Status, State: u.State,
		HasPassword: u.PasswordHash != "", CreatedAt: u.CreatedAt,
	}
	if !u.LastSignInAt.IsZero() {
		out.LastSignInAt = &u.LastSignInAt
	}
	if !whole {
		return out, nil
	}
	out.UserDetail = &mfa.UserDetail{Factors: []mfa.FactorInfo{}, Locks: locks(u, s.now)}
	if err := s.aboutFactors(u, out.UserDetail); err != nil {
		return out, err
	}
	sessions, err := s.r.SessionRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Sessions = s.liveSessions(sessions)
	tokens, err := s.r.TokenRows(u.ID)
	if err != nil {
		return out, err
	}
	out.Tokens = len(tokens.Damaged)
	for _, k := range tokens.Sound {
		if s.now.Before(tokenEnd(k, u)) {
			out.Tokens++
		}
	}
	resets, err := s.r.EventRows(mfa.EventQuery{
		TargetID: u.ID, Actions: []mfa.Action{mfa.ActReset}, Outcome: mfa.OutcomeOK, Since: s.now.Add(-30 * 24 * time.Hour),
	})
	out.RecentResets = resets.Len()
	return out, err
}

// locks tells what wrong attempts have locked, and until when.
func locks(u *account, now time.Time) (out []mfa.LockInfo) {
	for _, c := range []struct {
		what     string
		attempts mfa.Attempts
		ends     bool // a hundred in a row end it for good
	}{
		{mfa.ExhaustedCodes, u.OTP, true}, {"backup and recovery codes", u.Code, false}, {mfa.ExhaustedPassword, u.Password, true},
	} {
		until, is := locked(c.attempts, now)
		switch {
		case c.ends && exhausted(c.attempts):
			out = append(out, mfa.LockInfo{What: c.what})
		case is:
			out = append(out, mfa.LockInfo{What: c.what, Until: &until})
		}
	}
	return out
}

// aboutFactors tells of a user's factors as far as they verify: an administrator must be
// able to look at a damaged account and reset it. Of one that does not verify it tells the
// id, and the kind that the user row remembers.
func (s *scope) aboutFactors(u *account, out *mfa.UserDetail) error {
	rows, err := s.r.FactorRows(u.ID)
	if err != nil {
		return err
	}
	for _, f := range damagedFactors(u, rows) {
		if s.isFactor(f.Kind) {
			out.Factors = append(out.Factors, s.info(u.User, f))
		}
	}
	for _, f := range rows.Sound {
		switch class := s.class(f.Kind); {
		case f.Status == mfa.FactorPending:
		case class == mfa.Possession:
			out.Factors = append(out.Factors, s.info(u.User, f))
		case class == mfa.LookUpSet:
			if n, err := s.codesIn(f); err == nil && u.takesBackupCodes() {
				out.BackupCodesLeft = n
			}
		case class == mfa.StandIn && u.State == mfa.StateRecovering:
			if f.LastUsedAt.IsZero() && !ended(f, s.now) {
				out.RecoveryExpires = &f.ExpiresAt
			}
		}
	}
	return nil
}
