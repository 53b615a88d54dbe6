package engine

import (
	"context"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Login implements [mfa.SignIn].
func (e *Engine) Login(ctx context.Context, req mfa.LoginRequest) (mfa.SignedIn, error) {
	address, err := email(req.Email)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	if req.Password.IsZero() {
		return mfa.SignedIn{}, mfa.UsageError("password", "empty")
	}
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.SignedIn{}, err
	}
	o := spec{method: "Login", body: req, password: &req.Password, name: address}
	o.payer = func(s *scope) (*account, error) { return s.byEmail(address) }
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.SignedIn, error) {
		s.actAs(u) // whose password was right
		if err := mayEnter(u); err != nil {
			return mfa.SignedIn{}, err
		}
		switch u.State {
		case mfa.StateOff:
			return s.enter(u, "")
		case mfa.StateRecovering:
			if err := s.recoverable(u); err != nil {
				return mfa.SignedIn{}, err
			}
		case mfa.StateOn:
		}
		if req.Code.IsZero() {
			if err := s.answerable(u); err != nil {
				return mfa.SignedIn{}, err
			}
			return s.challenge(u, req.Method)
		}
		return s.answer(u, req.Code, req.Method)
	})
}

// Answer implements [mfa.SignIn].
func (e *Engine) Answer(ctx context.Context, req mfa.AnswerRequest) (mfa.SignedIn, error) {
	if err := e.knownMethod(req.Method); err != nil {
		return mfa.SignedIn{}, err
	}
	o := spec{method: "Answer", body: req, token: req.Challenge}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.SignedIn, error) {
		if u.State == mfa.StateRecovering {
			if err := s.recoverable(u); err != nil {
				return mfa.SignedIn{}, err
			}
		}
		out, err := s.answer(u, req.Code, req.Method)
		if err != nil {
			return out, err
		}
		return out, s.w.DeleteSession(s.session.Hash)
	})
}

// Logout implements [mfa.SignIn].
func (e *Engine) Logout(ctx context.Context, req mfa.LogoutRequest) (mfa.Done, error) {
	o := spec{method: "Logout", body: req, asker: !req.All}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Done, error) {
		done := mfa.Done{User: u.Email, Changed: true, Ended: 1}
		if req.All {
			n, err := s.endSessions(u.ID, "")
			if err != nil {
				return done, err
			}
			done.Ended = n
		} else if err := s.w.DeleteSession(s.session.Hash); err != nil {
			return done, err
		}
		_, err := s.record(event{action: mfa.ActSessionRevoke, user: u})
		return done, err
	})
}

// WhoAmI implements [mfa.SignIn].
func (e *Engine) WhoAmI(ctx context.Context, req mfa.WhoAmIRequest) (mfa.Identity, error) {
	return perform(ctx, e.runner, spec{method: "WhoAmI", body: req}, func(s *scope, u *account) (mfa.Identity, error) {
		permissions := append([]mfa.Permission{}, u.grant.Permissions...)
		return mfa.Identity{
			User: u.Email, UserID: u.ID, Community: u.community.Name, Role: u.Role,
			Permissions: permissions, Level: s.session.Level, ExpiresAt: s.session.ExpiresAt, TokenID: s.token.ID,
		}, nil
	})
}

// byEmail finds whoever signs in; nil, nil if nobody is of that name. A service
// account signs in by no password, and is nobody here.
func (s *scope) byEmail(address string) (*account, error) {
	u, err := s.addressed(address)
	if errors.Is(err, mfa.NotFound) {
		return nil, nil
	}
	if err != nil || u.Service {
		return nil, err
	}
	return u, nil
}

// knownMethod refuses a method that signs in nowhere.
func (e *Engine) knownMethod(k mfa.Kind) error {
	if _, ok := e.kinds.ByName(k); k != "" && (!ok || !mfa.MaySignIn(e.kinds.Info(k))) {
		return mfa.UsageError("method", "no such kind of factor").WithHint("%s", mfa.KindNames(e.kinds.Table(), "or", mfa.MaySignIn))
	}
	return nil
}

// mayEnter refuses accounts that may not sign in. Deactivated is never told;
// locked is told, since the password was right.
func mayEnter(u *account) error {
	switch u.Status {
	case mfa.UserActive:
		return nil
	case mfa.UserLocked:
		return mfa.Errorf(mfa.Locked, "an administrator locked this account").
			WithHint("ask an administrator").WithDetail(string(mfa.ActAuthFail))
	default:
		return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(mfa.ActAuthFail))
	}
}

// recoverable answers Expired where only another reset helps: the recovery code
// is out of time or gone. A spent one is left to be refused as a replay.
func (s *scope) recoverable(u *account) error {
	row, err := s.codeRow(u, mfa.KindRecovery)
	if err != nil {
		return err
	}
	if row == nil || ended(*row, s.now) {
		return mfa.Errorf(mfa.Expired, "the recovery code is out of time").
			WithHint("ask an administrator for another reset").WithDetail(string(mfa.ActRecoveryExpire))
	}
	return nil
}

// answerable answers Expired where no code that could be given signs in: the one
// recovery code was used.
func (s *scope) answerable(u *account) error {
	if u.State != mfa.StateRecovering {
		return nil
	}
	row, err := s.codeRow(u, mfa.KindRecovery)
	if err != nil || row == nil || row.LastUsedAt.IsZero() {
		return err
	}
	return mfa.Errorf(mfa.Expired, "the recovery code has been used").
		WithHint("ask an administrator for another reset").WithDetail(string(mfa.ActRecoveryExpire))
}

// codeRow returns the user's row of a kind that exists at most once; nil if
// there is none.
func (s *scope) codeRow(u *account, kind mfa.Kind) (*mfa.Factor, error) {
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		if f.Kind == kind {
			return &f, nil
		}
	}
	return nil, nil
}

// challenge asks for the code a right password still owes.
func (s *scope) challenge(u *account, method mfa.Kind) (mfa.SignedIn, error) {
	prompts, states, err := s.prompts(u, method)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	out, err := s.openSession(u, mfa.LevelChallenge, "")
	if err != nil {
		return out, err
	}
	out.Prompts = prompts
	_, hash, _ := bearer(out.Token)
	if err := s.putQuestions(hash, states); err != nil {
		return out, err
	}
	_, err = s.record(event{action: mfa.ActSessionCreate, user: u, note: "challenge: the password was right, a code is owed"})
	return out, err
}

// prompts says what may answer, the preferred factor first, and what the kinds need to
// judge the answers.
func (s *scope) prompts(u *account, method mfa.Kind) ([]mfa.Prompt, questions, error) {
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return nil, nil, err
	}
	var first, rest []mfa.Prompt
	states := questions{}
	for _, f := range rows {
		if !s.signsIn(u, f.Kind) || ended(f, s.now) || method != "" && method != f.Kind {
			continue
		}
		state, p, err := s.prompt(u, f)
		if err != nil {
			return nil, nil, err
		}
		states.add(f, state)
		if f.ID == u.PreferredID {
			first = append(first, p)
		} else {
			rest = append(rest, p)
		}
	}
	return append(first, rest...), states, nil
}

// answer checks the code of a sign-in and opens the session it is worth: mfa,
// or after a recovery code one that may only enroll.
func (s *scope) answer(u *account, code mfa.Secret, method mfa.Kind) (mfa.SignedIn, error) {
	got, err := s.secondFactor(u, code, method)
	if err != nil {
		return mfa.SignedIn{}, err
	}
	out, err := s.enter(u, got.kind)
	if err == nil && s.class(got.kind) == mfa.LookUpSet {
		out.BackupCodesLeft = &got.left
	}
	return out, err
}

// signsIn reports whether a kind of code signs in to the account: in the 2FA state that its
// row names, and a backup code only if the policy allows backup codes.
func (s *scope) signsIn(u *account, kind mfa.Kind) bool {
	k := s.run.kinds.Info(kind)
	return u.State != mfa.StateOff && k.SignsIn == u.State && (k.Class != mfa.LookUpSet || takesBackupCodes(u))
}

// enter opens the session that the proof is worth. The level starts as enroll
// and rises only where the state and the proof say so.
func (s *scope) enter(u *account, proved mfa.Kind) (mfa.SignedIn, error) {
	level := mfa.LevelEnroll
	switch {
	case u.State == mfa.StateOn && s.run.kinds.Info(proved).SecondFactor:
		level = mfa.LevelMFA
	case u.State == mfa.StateOff && !u.needs2FA():
		level = mfa.LevelPassword
	}
	u.LastSignInAt = s.now
	if err := s.w.PutUser(&u.User); err != nil {
		return mfa.SignedIn{}, err
	}
	out, err := s.openSession(u, level, proved)
	if err != nil {
		return out, err
	}
	_, hash, _ := bearer(out.Token)
	_, err = s.record(event{action: mfa.ActAuthOK, user: u, factor: proved, note: string(level), session: hash})
	return out, err
}
