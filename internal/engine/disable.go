package engine

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Disable implements [mfa.Enrollments].
func (e *Engine) Disable(ctx context.Context, req mfa.DisableRequest) (mfa.Disabled, error) {
	o := spec{method: "Disable", body: req, password: &req.Password}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Disabled, error) {
		out := mfa.Disabled{User: u.Email}
		if u.State == mfa.StateOff {
			return out, nil
		}
		if s.session.Level != mfa.LevelMFA {
			return out, s.wrongLevel()
		}
		if err := s.mayDisable(u); err != nil {
			return out, err
		}
		var err error
		if out.Removed, err = s.strip(u, s.session.Hash); err != nil {
			return out, err
		}
		u.State, out.Changed = mfa.StateOff, true
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		if err := s.lower(); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActDisable, user: u}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticeDisabled})
	})
}

func (s *scope) mayDisable(u *account) error {
	switch {
	case u.needs2FA():
		return mfa.Errorf(mfa.PolicyForbids, "the rule require_2fa asks you for 2FA")
	case !u.policy.AllowDisable:
		return mfa.Errorf(mfa.PolicyForbids, "the rule allow_disable is off")
	}
	return nil
}

// lower makes the caller's session what it now is: a session of an account
// without 2FA.
func (s *scope) lower() error {
	x, err := s.r.Session(s.session.Hash)
	if err != nil {
		return err
	}
	x.Level, x.Method = mfa.LevelPassword, ""
	return s.w.PutSession(&x)
}

// strip removes everything that can prove a second factor, live or pending, and
// ends every session but one. It counts the rows that it removes. It resets
// the counters, since the factors they guarded are gone. The rows need not be readable,
// so that a damaged account can be reset. A set-password code is no factor and stays.
// The caller writes the user row.
func (s *scope) strip(u *account, but string) (mfa.Removed, error) {
	var out mfa.Removed
	rows, err := s.r.FactorRows(u.ID)
	if err != nil {
		return out, err
	}
	var kept []mfa.FactorMark
	for _, f := range rows.Sound {
		if s.stays(u, f) {
			kept = append(kept, records.MarkOf(f))
			continue
		}
		s.count(&out, f)
		if err := s.w.DeleteFactor(f.ID); err != nil {
			return out, err
		}
	}
	for _, f := range damagedFactors(u, rows) {
		s.count(&out, f)
	}
	for _, d := range rows.Damaged {
		if err := s.w.DeleteFactor(d.ID); err != nil {
			return out, err
		}
	}
	u.Factors, u.PreferredID = kept, ""
	u.OTP, u.Code = mfa.Attempts{}, mfa.Attempts{}
	out.Sessions, err = s.endSessions(u.ID, but)
	return out, err
}

// damagedFactors are the factors of a user whose rows do not verify, as far as the user row
// knows them: which they are and of what kind.
func damagedFactors(u *account, rows records.Rows[mfa.Factor]) (out []mfa.Factor) {
	for _, d := range rows.Damaged {
		i := slices.IndexFunc(u.Factors, func(m mfa.FactorMark) bool { return m.ID == d.ID })
		if i >= 0 {
			out = append(out, mfa.Factor{ID: d.ID, UserID: u.ID, Kind: u.Factors[i].Kind, Status: mfa.FactorActive})
		}
	}
	return out
}

// stays reports whether strip keeps a factor: it keeps a set-password code of the account.
func (s *scope) stays(u *account, f mfa.Factor) bool {
	return s.class(f.Kind) == mfa.PasswordCode && slices.Contains(u.Factors, records.MarkOf(f))
}

// count adds a row to the numbers of removed records. Unreadable codes and unconfirmed
// enrollments are not counted.
func (s *scope) count(out *mfa.Removed, f mfa.Factor) {
	switch {
	case f.Status == mfa.FactorPending:
	case s.isFactor(f.Kind):
		out.Factors++
	case s.class(f.Kind) == mfa.LookUpSet:
		n, err := s.codesIn(f)
		if err == nil {
			out.BackupCodes += n
		}
	}
}
