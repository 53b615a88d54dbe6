package engine

import (
	"context"
	"slices"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// TwoFactorStatus implements [mfa.Factors].
func (e *Engine) TwoFactorStatus(ctx context.Context, req mfa.StatusRequest) (mfa.TwoFactor, error) {
	return do(ctx, e, op{method: "TwoFactorStatus", body: req}, func(s *scope) (mfa.TwoFactor, error) {
		u := s.actor
		out := mfa.TwoFactor{
			User: u.Email, State: u.State, Enabled: u.State == mfa.StateOn,
			Required: u.needs2FA(),
		}
		if u.PreferredID != "" {
			out.Preferred = &u.PreferredID
		}
		if until, is := locked(u.OTP, s.now); is {
			out.LockedUntil = &until
		}
		rows, err := s.r.Factors(u.User)
		if err != nil {
			return out, err
		}
		out.Factors = s.infos(u.User, rows)
		out.BackupCodesOff = !u.takesBackupCodes()
		out.BackupCodesLeft, err = s.codesLeft(u, rows)
		return out, err
	})
}

// PreferFactor implements [mfa.Factors].
func (e *Engine) PreferFactor(ctx context.Context, req mfa.PreferRequest) (mfa.FactorChanged, error) {
	o := op{method: "PreferFactor", body: req}
	return do(ctx, e, o, func(s *scope) (mfa.FactorChanged, error) {
		u := s.actor
		f, err := s.own(req.Factor)
		out := mfa.FactorChanged{User: u.Email, Changed: err == nil && u.PreferredID != f.ID}
		if err != nil || !out.Changed {
			out.Factor = s.info(u.User, f)
			return out, err
		}
		u.PreferredID = f.ID
		out.Factor = s.info(u.User, f)
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		if _, err := s.record(mfa.ActFactorPrefer, f.Label); err != nil {
			return out, err
		}
		return out, s.notify(u, mfa.NoticePreferred, f.Label)
	})
}

// RenameFactor implements [mfa.Factors].
func (e *Engine) RenameFactor(ctx context.Context, req mfa.RenameRequest) (mfa.FactorChanged, error) {
	label, err := name("label", req.Label)
	if err != nil {
		return mfa.FactorChanged{}, err
	}
	o := op{method: "RenameFactor", body: req}
	return do(ctx, e, o, func(s *scope) (mfa.FactorChanged, error) {
		f, err := s.own(req.Factor)
		if err == nil {
			err = s.labelFree(label, f.ID)
		}
		out := mfa.FactorChanged{User: s.actor.Email, Changed: err == nil && f.Label != label}
		old := f.Label
		f.Label = label
		out.Factor = s.info(s.actor.User, f)
		if err != nil || !out.Changed {
			return out, err
		}
		if err := s.w.PutConfirmed(&s.actor.User, &f); err != nil {
			return out, err
		}
		if err := s.w.PutUser(&s.actor.User); err != nil {
			return out, err
		}
		_, err = s.record(mfa.ActFactorRename, old+" to "+label)
		return out, err
	})
}

// RemoveFactor implements [mfa.Factors].
func (e *Engine) RemoveFactor(ctx context.Context, req mfa.RemoveRequest) (mfa.FactorChanged, error) {
	o := op{method: "RemoveFactor", body: req, password: &req.Password}
	return do(ctx, e, o, func(s *scope) (mfa.FactorChanged, error) {
		u := s.actor
		out := mfa.FactorChanged{User: u.Email}
		f, err := s.own(req.Factor)
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
		out.Changed, out.Factor = true, s.info(u.User, f)
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		if _, err := s.record(mfa.ActFactorRemove, f.Label); err != nil {
			return out, err
		}
		return out, s.notify(u, mfa.NoticeFactorRemoved, f.Label)
	})
}

// ResyncFactor implements [mfa.Factors]. It pays the one-time password counter
// like a sign-in: two codes are one attempt.
func (e *Engine) ResyncFactor(ctx context.Context, req mfa.ResyncRequest) (mfa.FactorChanged, error) {
	o := op{method: "ResyncFactor", body: req}
	return do(ctx, e, o, func(s *scope) (mfa.FactorChanged, error) {
		u := s.actor
		out := mfa.FactorChanged{User: u.Email}
		f, err := s.own(req.Factor)
		if err != nil {
			return out, err
		}
		if err := s.admit(u, false); err != nil {
			return out, err
		}
		s.factor = f.Kind
		if err := s.resync(u, &f, req); err != nil {
			return out, err
		}
		u.OTP = rightCode(u.OTP)
		if err := s.w.PutConfirmed(&u.User, &f); err != nil {
			return out, err
		}
		if err := s.w.PutUser(&u.User); err != nil {
			return out, err
		}
		out.Changed, out.Factor = true, s.info(u.User, f)
		_, err = s.record(mfa.ActOTPResync, f.Label)
		return out, err
	})
}

// resync asks the factor's kind; a wrong pair of codes is counted.
func (s *scope) resync(u *account, f *mfa.Factor, req mfa.ResyncRequest) error {
	kind, _ := s.e.kinds.ByName(f.Kind)
	r, ok := kind.(factor.Resyncer)
	if !ok {
		return mfa.Errorf(mfa.Conflict, "a %s factor has nothing to bring back in step", f.Kind)
	}
	cred, err := s.e.keys.Open(s.place(*f), f.Sealed)
	if err != nil {
		return err
	}
	next, err := r.Resync(s.subject(u, *f), cred, req.First.Reveal(), req.Second.Reveal())
	if isNo(err) {
		return s.reject(u, false, err)
	}
	if err != nil {
		return mfa.Errorf(mfa.Damaged, "factor %q cannot be read", f.Label).WithCause(err)
	}
	f.Sealed = s.e.keys.Seal(s.place(*f), next)
	return nil
}

// own finds one of the caller's factors by id or label.
func (s *scope) own(which string) (mfa.Factor, error) {
	rows, err := s.r.Factors(s.actor.User)
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
func (s *scope) infos(u mfa.User, rows []mfa.Factor) []mfa.FactorInfo {
	out := []mfa.FactorInfo{}
	for _, f := range rows {
		if s.isFactor(f.Kind) {
			out = append(out, s.info(u, f))
		}
	}
	return out
}

// info is one factor as its owner sees it. One-time passwords that were wrong a
// hundred times in a row show as disabled.
func (s *scope) info(u mfa.User, f mfa.Factor) mfa.FactorInfo {
	status := f.Status
	if status == mfa.FactorActive && exhausted(u.OTP) {
		status = mfa.FactorDisabled
	}
	return mfa.FactorInfo{
		ID: f.ID, Kind: f.Kind, Label: f.Label, Status: status, Preferred: f.ID == u.PreferredID,
		CreatedAt: f.CreatedAt, ConfirmedAt: f.ConfirmedAt, LastUsedAt: f.LastUsedAt,
	}
}

// prompt says what to ask for, and what the kind needs to judge the answer.
func (s *scope) prompt(u *account, f mfa.Factor) (state []byte, _ mfa.Prompt, _ error) {
	kind, ok := s.e.kinds.ByName(f.Kind)
	if !ok {
		return nil, mfa.Prompt{}, mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	cred, err := s.e.keys.Open(s.place(f), f.Sealed)
	if err != nil {
		return nil, mfa.Prompt{}, err
	}
	state, p, err := kind.Ask(s.subject(u, f), cred)
	if s.isFactor(f.Kind) {
		p.Label = f.Label
	}
	return state, p, err
}
