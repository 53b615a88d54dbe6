package signin

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// TwoFactorStatus implements [mfa.Factors].
func (e *Part) TwoFactorStatus(ctx context.Context, req mfa.TwoFactorStatusRequest) (mfa.TwoFactor, error) {
	return act.Perform(ctx, e.Runner, act.Spec{Method: "TwoFactorStatus", Body: req}, func(a *act.Act, u *act.Account) (mfa.TwoFactor, error) {
		out := mfa.TwoFactor{
			User: u.Email, State: u.State, Enabled: u.State == mfa.StateOn,
			Required: u.Needs2FA(), MustEnroll: a.Session.Level == mfa.LevelEnroll,
		}
		if u.PreferredID != "" {
			out.Preferred = &u.PreferredID
		}
		if until, is := throttle.Locked(u.OTP, a.Now); is {
			out.LockedUntil = &until
		}
		rows, err := a.Read.Factors(u.User)
		if err != nil {
			return out, err
		}
		out.Factors = factorInfos(a, u.User, rows)
		out.BackupCodesOff = !TakesBackupCodes(u)
		out.BackupCodesLeft, err = codesLeft(a, u, rows)
		return out, err
	})
}

// PreferFactor implements [mfa.Factors].
func (e *Part) PreferFactor(ctx context.Context, req mfa.PreferFactorRequest) (mfa.FactorChanged, error) {
	o := act.Spec{Method: "PreferFactor", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.FactorChanged, error) {
		f, err := factorNamed(a, u, req.Factor)
		out := mfa.FactorChanged{User: u.Email, Changed: err == nil && u.PreferredID != f.ID}
		if err != nil || !out.Changed {
			out.Factor = FactorInfo(a, u.User, f)
			return out, err
		}
		u.PreferredID = f.ID
		out.Factor = FactorInfo(a, u.User, f)
		a.Wrote(a.Write.PutUser(&u.User))
		a.Announce(act.Event{Action: mfa.ActFactorPrefer, User: u, Note: f.Label}, mfa.NoticePreferred)
		return out, nil
	})
}

// RenameFactor implements [mfa.Factors].
func (e *Part) RenameFactor(ctx context.Context, req mfa.RenameFactorRequest) (mfa.FactorChanged, error) {
	label, err := act.CanonicalName("label", req.Label)
	if err != nil {
		return mfa.FactorChanged{}, err
	}
	o := act.Spec{Method: "RenameFactor", Body: req}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.FactorChanged, error) {
		f, err := factorNamed(a, u, req.Factor)
		if err == nil {
			err = labelFree(a, u, label, f.ID)
		}
		out := mfa.FactorChanged{User: u.Email, Changed: err == nil && f.Label != label}
		old := f.Label
		f.Label = label
		out.Factor = FactorInfo(a, u.User, f)
		if err != nil || !out.Changed {
			return out, err
		}
		a.Wrote(a.Write.PutConfirmed(&u.User, &f))
		a.Wrote(a.Write.PutUser(&u.User))
		a.Record(act.Event{Action: mfa.ActFactorRename, User: u, Note: old + " to " + label})
		return out, nil
	})
}

// RemoveFactor implements [mfa.Factors].
func (e *Part) RemoveFactor(ctx context.Context, req mfa.RemoveFactorRequest) (mfa.FactorChanged, error) {
	o := act.Spec{Method: "RemoveFactor", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.FactorChanged, error) {
		out := mfa.FactorChanged{User: u.Email}
		f, err := factorNamed(a, u, req.Factor)
		if err != nil {
			return out, err
		}
		rows, err := a.Read.Factors(u.User)
		if err != nil {
			return out, err
		}
		rest := slices.DeleteFunc(rows, func(g mfa.Factor) bool { return g.ID == f.ID || !IsFactor(a, g.Kind) })
		if len(rest) == 0 {
			return out, mfa.Errorf(mfa.Conflict, "%q is your last factor", f.Label).WithHint("mfactl 2fa disable")
		}
		dropRow(a, u, f)
		if u.PreferredID == f.ID {
			u.PreferredID = rest[0].ID
		}
		out.Changed, out.Factor = true, FactorInfo(a, u.User, f)
		a.Wrote(a.Write.PutUser(&u.User))
		if out.Ended, err = a.EndSessions(u.ID, a.Session.Hash); err != nil { // OWASP ASVS 7.4.3
			return out, err
		}
		a.Announce(act.Event{Action: mfa.ActFactorRemove, User: u, Note: f.Label}, mfa.NoticeFactorRemoved)
		return out, nil
	})
}

// ResyncFactor implements [mfa.Factors]. It pays the one-time password counter
// like a sign-in: two codes are one attempt. After a hundred wrong codes in a row it is the
// user's way back to one-time passwords.
func (e *Part) ResyncFactor(ctx context.Context, req mfa.ResyncFactorRequest) (mfa.FactorChanged, error) {
	o := act.Spec{Method: "ResyncFactor", Body: req, Password: &req.Password}
	return act.Perform(ctx, e.Runner, o, func(a *act.Act, u *act.Account) (mfa.FactorChanged, error) {
		out := mfa.FactorChanged{User: u.Email}
		f, err := factorNamed(a, u, req.Factor)
		if err != nil {
			return out, err
		}
		if err := mayResync(a, u); err != nil {
			return out, err
		}
		tried := act.Event{User: u, Factor: f.Kind}
		if err := resync(a, u, &f, req); err != nil {
			return out, act.RefusedAbout(err, tried)
		}
		rightCode(u, false)
		a.Wrote(a.Write.PutConfirmed(&u.User, &f))
		a.Wrote(a.Write.PutUser(&u.User))
		out.Changed, out.Factor = true, FactorInfo(a, u.User, f)
		tried.Action, tried.Note = mfa.ActOTPResync, f.Label
		a.Record(tried)
		return out, nil
	})
}

// mayResync refuses while one-time passwords are locked. If a hundred in a row disabled them,
// the user gets them back with the two proofs that nobody guesses at verify: a session that a
// backup code opened, and the password.
func mayResync(a *act.Act, u *act.Account) error {
	if !Exhausted(u.User) {
		return admit(a, u, atLogin(u), false)
	}
	if ClassOf(a, a.Session.Method) != mfa.LookUpSet {
		return admit(a, u, atLogin(u), false)
	}
	if err := lockedNow(a, atLogin(u), false); err != nil {
		return err
	}
	return act.RequirePassword(a, "enable one-time passwords after a hundred wrong ones")
}

// resync asks the factor's kind; a wrong pair of codes is counted.
func resync(a *act.Act, u *act.Account, f *mfa.Factor, req mfa.ResyncFactorRequest) error {
	kind, _ := a.Runner.Kinds.ByName(f.Kind)
	r, ok := kind.(factor.Resyncer)
	if !ok {
		return mfa.Errorf(mfa.Conflict, "a %s factor has nothing to bring back in step", f.Kind)
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, *f), f.Sealed)
	if err != nil {
		return err
	}
	next, err := r.Resync(subject(a, u, *f), cred, req.First.Reveal(), req.Second.Reveal())
	if isNo(err) {
		return reject(a, u, atLogin(u), false, err, f.Kind)
	}
	if err != nil {
		return mfa.Errorf(mfa.Damaged, "factor %q cannot be read", f.Label).WithCause(err)
	}
	f.Sealed = a.Runner.Keys.Seal(FactorBinding(a, *f), next)
	return nil
}

// factorNamed finds one of the caller's factors by id or label.
func factorNamed(a *act.Act, u *act.Account, which string) (mfa.Factor, error) {
	rows, err := a.Read.Factors(u.User)
	if err != nil {
		return mfa.Factor{}, err
	}
	for _, f := range rows {
		if IsFactor(a, f.Kind) && (f.ID == which || f.Label == which) {
			return f, nil
		}
	}
	return mfa.Factor{}, mfa.Errorf(mfa.NotFound, "you have no such factor").WithHint("mfactl 2fa list")
}

// factorInfos lists a user's factors as their owner sees them, codes left out.
func factorInfos(a *act.Act, u mfa.User, rows []mfa.Factor) []mfa.FactorInfo {
	out := []mfa.FactorInfo{}
	for _, f := range rows {
		if IsFactor(a, f.Kind) {
			out = append(out, FactorInfo(a, u, f))
		}
	}
	return out
}

// FactorInfo is one factor as its owner sees it. One-time passwords that were wrong a
// hundred times in a row show as disabled.
func FactorInfo(a *act.Act, u mfa.User, f mfa.Factor) mfa.FactorInfo {
	status := f.Status
	if status == mfa.FactorActive && Exhausted(u) {
		status = mfa.FactorDisabled
	}
	return mfa.FactorInfo{
		ID: f.ID, Kind: f.Kind, Label: f.Label, Status: status, Preferred: f.ID == u.PreferredID,
		CreatedAt: f.CreatedAt, ConfirmedAt: f.ConfirmedAt, LastUsedAt: f.LastUsedAt,
	}
}

// prompt says what to ask for, and what the kind needs to judge the answer.
func prompt(a *act.Act, u *act.Account, f mfa.Factor) (state []byte, _ mfa.Prompt, _ error) {
	kind, ok := a.Runner.Kinds.ByName(f.Kind)
	if !ok {
		return nil, mfa.Prompt{}, mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, f), f.Sealed)
	if err != nil {
		return nil, mfa.Prompt{}, err
	}
	state, p, err := kind.Ask(subject(a, u, f), cred)
	if IsFactor(a, f.Kind) {
		p.Label = f.Label
	}
	return state, p, err
}
