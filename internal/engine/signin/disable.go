package signin

import (
	"context"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Disable implements [mfa.Enrollments].
func (e *Part) Disable(ctx context.Context, req mfa.DisableRequest) (mfa.Disabled, error) {
	o := act.Spec{Method: "Disable", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.Disabled, error) {
		out := mfa.Disabled{User: u.Email}
		if u.State == mfa.StateOff {
			return out, nil
		}
		if a.Session.Level != mfa.LevelMFA {
			return out, a.WrongLevel()
		}
		if err := mayDisable(u); err != nil {
			return out, err
		}
		var err error
		if out.Removed, err = RemoveSecondFactors(a, u, a.Session.Hash); err != nil {
			return out, err
		}
		u.State, u.OwnFactorAt, u.DisabledAt, out.Changed = mfa.StateOff, time.Time{}, a.Now, true
		a.Wrote(a.Write.PutUser(&u.User))
		if err := lower(a); err != nil {
			return out, err
		}
		a.Announce(act.Event{Action: mfa.ActDisable, User: u}, mfa.NoticeDisabled)
		return out, nil
	})
}

func mayDisable(u *act.Account) error {
	switch {
	case u.Needs2FA():
		return mfa.Errorf(mfa.PolicyForbids, "the rule require_2fa asks you for 2FA")
	case !u.Policy.AllowDisable:
		return mfa.Errorf(mfa.PolicyForbids, "the rule allow_disable is off")
	}
	return nil
}

// lower makes the caller's session what it now is: a session of an account
// without 2FA.
func lower(a *act.Act) error {
	x, err := a.Read.Session(a.Session.Hash)
	if err != nil {
		return err
	}
	x.Level, x.Method = mfa.LevelPassword, ""
	a.Wrote(a.Write.PutSession(&x))
	return nil
}

// RemoveSecondFactors removes everything that can prove a second factor, live or pending, and
// ends every session but one. It counts the rows that it removes. It resets
// the counters, since the factors they guarded are gone. The rows need not be readable,
// so that a damaged account can be reset. A set-password code is no factor and stays.
// The caller writes the user row.
func RemoveSecondFactors(a *act.Act, u *act.Account, but string) (mfa.Removed, error) {
	var out mfa.Removed
	rows, err := a.Read.FactorRows(u.ID)
	if err != nil {
		return out, err
	}
	var kept []mfa.FactorMark
	for _, f := range rows.Sound {
		if StaysOnRemoval(a, u, f) {
			kept = append(kept, records.MarkOf(f))
			continue
		}
		CountRemoved(a, &out, f)
		a.Wrote(a.Write.DeleteFactor(f.ID))
	}
	for _, f := range DamagedFactors(u, rows) {
		CountRemoved(a, &out, f)
	}
	for _, d := range rows.Damaged {
		a.Wrote(a.Write.DeleteFactor(d.ID))
	}
	u.Factors, u.PreferredID = kept, ""
	clearCounters(u)
	out.Sessions, err = a.EndSessions(u.ID, but)
	return out, err
}

// DamagedFactors are the factors of a user whose rows do not verify, as far as the user row
// knows them: which they are and of what kind.
func DamagedFactors(u *act.Account, rows records.Rows[mfa.Factor]) (out []mfa.Factor) {
	for _, d := range rows.Damaged {
		i := slices.IndexFunc(u.Factors, func(m mfa.FactorMark) bool { return m.ID == d.ID })
		if i >= 0 {
			out = append(out, mfa.Factor{ID: d.ID, UserID: u.ID, Kind: u.Factors[i].Kind, Status: mfa.FactorActive})
		}
	}
	return out
}

// StaysOnRemoval reports whether RemoveSecondFactors keeps a factor: it keeps a set-password code of the account.
func StaysOnRemoval(a *act.Act, u *act.Account, f mfa.Factor) bool {
	return ClassOf(a, f.Kind) == mfa.PasswordCode && slices.Contains(u.Factors, records.MarkOf(f))
}

// CountRemoved adds a row to the numbers of removed records. Unreadable codes and unconfirmed
// enrollments are not counted.
func CountRemoved(a *act.Act, out *mfa.Removed, f mfa.Factor) {
	switch {
	case f.Status == mfa.FactorPending:
	case IsFactor(a, f.Kind):
		out.Factors++
	case ClassOf(a, f.Kind) == mfa.LookUpSet:
		n, err := CodesIn(a, f)
		if err == nil {
			out.BackupCodes += n
		}
	}
}
