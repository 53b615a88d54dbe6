package engine

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/throttle"
)

// TwoFactorStatus implements [mfa.Factors].
func (e *Engine) TwoFactorStatus(ctx context.Context, req mfa.StatusRequest) (mfa.TwoFactor, error) {
	return perform(ctx, e.runner, spec{method: "TwoFactorStatus", body: req}, func(s *scope, u *account) (mfa.TwoFactor, error) {
		out := mfa.TwoFactor{
			User: u.Email, State: u.State, Enabled: u.State == mfa.StateOn,
			Required: u.needs2FA(),
		}
		if u.PreferredID != "" {
			out.Preferred = &u.PreferredID
		}
		if until, is := throttle.Locked(u.OTP, s.now); is {
			out.LockedUntil = &until
		}
		rows, err := s.r.Factors(u.User)
		if err != nil {
			return out, err
		}
		out.Factors = s.factorInfos(u.User, rows)
		out.BackupCodesOff = !takesBackupCodes(u)
		out.BackupCodesLeft, err = s.codesLeft(u, rows)
		return out, err
	})
}

// PreferFactor implements [mfa.Factors].
func (e *Engine) PreferFactor(ctx context.Context, req mfa.PreferRequest) (mfa.FactorChanged, error) {
	o := spec{method: "PreferFactor", body: req}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.FactorChanged, error) {
		f, err := s.factorNamed(u, req.Factor)
		out := mfa.FactorChanged{User: u.Email, Changed: err == nil && u.PreferredID != f.ID}
		if err != nil || !out.Changed {
			out.Factor = s.factorInfo(u.User, f)
			return out, err
		}
		u.PreferredID = f.ID
		out.Factor = s.factorInfo(u.User, f)
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActFactorPrefer, user: u, note: f.Label}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticePreferred, note: f.Label})
	})
}

// RenameFactor implements [mfa.Factors].
func (e *Engine) RenameFactor(ctx context.Context, req mfa.RenameRequest) (mfa.FactorChanged, error) {
	label, err := name("label", req.Label)
	if err != nil {
		return mfa.FactorChanged{}, err
	}
	o := spec{method: "RenameFactor", body: req}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.FactorChanged, error) {
		f, err := s.factorNamed(u, req.Factor)
		if err == nil {
			err = s.labelFree(u, label, f.ID)
		}
		out := mfa.FactorChanged{User: u.Email, Changed: err == nil && f.Label != label}
		old := f.Label
		f.Label = label
		out.Factor = s.factorInfo(u.User, f)
		if err != nil || !out.Changed {
			return out, err
		}
		if err := s.w.PutConfirmed(&u.User, &f); err != nil {
			return out, err
		}
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		_, err = s.record(event{action: mfa.ActFactorRename, user: u, note: old + " to " + label})
		return out, err
	})
}

// RemoveFactor implements [mfa.Factors].
func (e *Engine) RemoveFactor(ctx context.Context, req mfa.RemoveRequest) (mfa.FactorChanged, error) {
	o := spec{method: "RemoveFactor", body: req, password: &req.Password}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.FactorChanged, error) {
		out := mfa.FactorChanged{User: u.Email}
		f, err := s.factorNamed(u, req.Factor)
		if err != nil {
			return out, err
		}
		rows, err := s.r.Factors(u.User)
		if err != nil {
			return out, err
		}
		rest := slices.DeleteFunc(rows, func(g mfa.Factor) bool { return g.ID == f.ID || !s.isFactor(g.Kind) })
		if len(rest) == 0 {
			return out, mfa.Errorf(mfa.Conflict, "%q is your last factor", f.Label).WithHint("mfactl 2fa disable")
		}
		if err := s.w.DeleteFactor(f.ID); err != nil {
			return out, err
		}
		records.Unmark(&u.User, f.ID)
		if u.PreferredID == f.ID {
			u.PreferredID = rest[0].ID
		}
		out.Changed, out.Factor = true, s.factorInfo(u.User, f)
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		if _, err := s.record(event{action: mfa.ActFactorRemove, user: u, note: f.Label}); err != nil {
			return out, err
		}
		return out, s.notify(u, notice{kind: mfa.NoticeFactorRemoved, note: f.Label})
	})
}

// ResyncFactor implements [mfa.Factors]. It pays the one-time password counter
// like a sign-in: two codes are one attempt.
func (e *Engine) ResyncFactor(ctx context.Context, req mfa.ResyncRequest) (mfa.FactorChanged, error) {
	o := spec{method: "ResyncFactor", body: req}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.FactorChanged, error) {
		out := mfa.FactorChanged{User: u.Email}
		f, err := s.factorNamed(u, req.Factor)
		if err != nil {
			return out, err
		}
		if err := s.admit(u, false); err != nil {
			return out, err
		}
		tried := event{user: u, factor: f.Kind}
		if err := s.resync(u, &f, req); err != nil {
			return out, refusedAbout(err, tried)
		}
		u.OTP = throttle.RightCode(u.OTP)
		if err := s.w.PutConfirmed(&u.User, &f); err != nil {
			return out, err
		}
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		out.Changed, out.Factor = true, s.factorInfo(u.User, f)
		tried.action, tried.note = mfa.ActOTPResync, f.Label
		_, err = s.record(tried)
		return out, err
	})
}

// resync asks the factor's kind; a wrong pair of codes is counted.
func (s *scope) resync(u *account, f *mfa.Factor, req mfa.ResyncRequest) error {
	kind, _ := s.run.kinds.ByName(f.Kind)
	r, ok := kind.(factor.Resyncer)
	if !ok {
		return mfa.Errorf(mfa.Conflict, "a %s factor has nothing to bring back in step", f.Kind)
	}
	cred, err := s.run.keys.Open(s.place(*f), f.Sealed)
	if err != nil {
		return err
	}
	next, err := r.Resync(s.subject(u, *f), cred, req.First.Reveal(), req.Second.Reveal())
	if isNo(err) {
		return s.reject(u, false, err, f.Kind)
	}
	if err != nil {
		return mfa.Errorf(mfa.Damaged, "factor %q cannot be read", f.Label).WithCause(err)
	}
	f.Sealed = s.run.keys.Seal(s.place(*f), next)
	return nil
}

// own finds one of the caller's factors by id or label.
func (s *scope) factorNamed(u *account, which string) (mfa.Factor, error) {
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return mfa.Factor{}, err
	}
	for _, f := range rows {
		if s.isFactor(f.Kind) && (f.ID == which || f.Label == which) {
			return f, nil
		}
	}
	return mfa.Factor{}, mfa.Errorf(mfa.NotFound, "you have no such factor").WithHint("mfactl 2fa list")
}

// infos lists a user's factors as their owner sees them, codes left out.
func (s *scope) factorInfos(u mfa.User, rows []mfa.Factor) []mfa.FactorInfo {
	out := []mfa.FactorInfo{}
	for _, f := range rows {
		if s.isFactor(f.Kind) {
			out = append(out, s.factorInfo(u, f))
		}
	}
	return out
}

// info is one factor as its owner sees it. One-time passwords that were wrong a
// hundred times in a row show as disabled.
func (s *scope) factorInfo(u mfa.User, f mfa.Factor) mfa.FactorInfo {
	status := f.Status
	if status == mfa.FactorActive && throttle.Exhausted(u.OTP) {
		status = mfa.FactorDisabled
	}
	return mfa.FactorInfo{
		ID: f.ID, Kind: f.Kind, Label: f.Label, Status: status, Preferred: f.ID == u.PreferredID,
		CreatedAt: f.CreatedAt, ConfirmedAt: f.ConfirmedAt, LastUsedAt: f.LastUsedAt,
	}
}

// prompt says what to ask for, and what the kind needs to judge the answer.
func (s *scope) prompt(u *account, f mfa.Factor) (state []byte, _ mfa.Prompt, _ error) {
	kind, ok := s.run.kinds.ByName(f.Kind)
	if !ok {
		return nil, mfa.Prompt{}, mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	cred, err := s.run.keys.Open(s.place(f), f.Sealed)
	if err != nil {
		return nil, mfa.Prompt{}, err
	}
	state, p, err := kind.Ask(s.subject(u, f), cred)
	if s.isFactor(f.Kind) {
		p.Label = f.Label
	}
	return state, p, err
}
