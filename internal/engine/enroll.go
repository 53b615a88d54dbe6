package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// A pending enrollment lives 10 minutes and takes three wrong codes; they touch
// no lockout.
const (
	pendingTTL   = 10 * time.Minute
	pendingTries = 3
)

// Enroll implements [mfa.Enrollments].
func (e *Engine) Enroll(ctx context.Context, req mfa.EnrollRequest) (mfa.Enrollment, error) {
	kind, ok := e.kinds.ByName(req.Kind)
	if !ok || !kind.Info().Enrolls {
		return mfa.Enrollment{}, mfa.UsageError("kind", "no such kind of factor: %q", req.Kind)
	}
	label := req.Label
	if label == "" {
		label = string(req.Kind)
	}
	label, err := name("label", label)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	o := spec{method: "Enroll", body: req, password: &req.Password}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Enrollment, error) {
		out := mfa.Enrollment{User: u.Email}
		if u.State == mfa.StateOn && !req.Further {
			return out, nil
		}
		if err := s.mayEnroll(u, req, label); err != nil {
			return out, err
		}
		return s.enroll(u, kind, label, req.Params)
	})
}

// mayEnroll refuses what the state, the policy or another label forbids. A
// further factor needs a session that proved the one that is there.
func (s *scope) mayEnroll(u *account, req mfa.EnrollRequest, label string) error {
	if req.Further && u.State != mfa.StateOn {
		return mfa.Errorf(mfa.Conflict, "2FA is not on").WithHint("mfactl 2fa enable")
	}
	if req.Further && s.session.Level != mfa.LevelMFA {
		return s.wrongLevel()
	}
	if !u.policy.Allows(req.Kind) {
		return mfa.Errorf(mfa.PolicyForbids, "the rule methods does not allow %s", req.Kind)
	}
	return s.labelFree(u, label, "")
}

// labelFree refuses a label that another factor of the user has.
func (s *scope) labelFree(u *account, label, but string) error {
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return err
	}
	for _, f := range rows {
		if s.isFactor(f.Kind) && f.Label == label && f.ID != but {
			return mfa.Errorf(mfa.Conflict, "you have a factor %q already", label).WithHint("give another --label")
		}
	}
	return nil
}

// enroll makes the pending factor; a second one replaces the first.
func (s *scope) enroll(u *account, kind factor.Kind, label string, params mfa.OTPParams) (mfa.Enrollment, error) {
	if err := s.dropPending(u); err != nil {
		return mfa.Enrollment{}, err
	}
	id, err := newID(s.now, s.rand)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	f := mfa.Factor{
		ID: id, UserID: u.ID, Kind: kind.Info().Name, Label: label, Status: mfa.FactorPending,
		SessionHash: s.session.Hash, CreatedAt: s.now, ExpiresAt: s.now.Add(pendingTTL),
	}
	subject := s.subject(u, f)
	subject.Params = params
	cred, reveal, err := kind.Enroll(subject)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	state, prompt, err := kind.Ask(subject, cred)
	if err != nil {
		return mfa.Enrollment{}, err
	}
	f.Sealed = s.run.keys.Seal(s.place(f), cred)
	if err := s.w.PutFactor(&f); err != nil {
		return mfa.Enrollment{}, err
	}
	states := questions{}
	states.add(f, state)
	if err := s.putQuestions(s.session.Hash, states); err != nil {
		return mfa.Enrollment{}, err
	}
	info := s.factorInfo(u.User, f)
	_, err = s.record(event{action: mfa.ActPending, user: u, factor: f.Kind, note: fmt.Sprintf("factor %s", f.ID)})
	return mfa.Enrollment{
		User: u.Email, Changed: true, Factor: &info, Secret: reveal.Secret, OtpauthURI: reveal.OtpauthURI,
		Digits: prompt.Digits, Question: prompt.Question, TriesLeft: pendingTries, ExpiresAt: f.ExpiresAt,
	}, err
}

// dropPending removes the user's pending enrollment, whichever session began it.
func (s *scope) dropPending(u *account) error {
	rows, err := s.r.FactorRows(u.ID)
	if err != nil {
		return err
	}
	var drop []string
	for _, f := range rows.Sound {
		if f.Status == mfa.FactorPending {
			drop = append(drop, f.ID)
		}
	}
	for _, d := range rows.Damaged { // those that were confirmed all verify, or nothing may be enrolled
		drop = append(drop, d.ID)
	}
	for _, id := range drop {
		if err := s.w.DeleteFactor(id); err != nil {
			return err
		}
	}
	return nil
}

// Activate implements [mfa.Enrollments].
func (e *Engine) Activate(ctx context.Context, req mfa.ActivateRequest) (mfa.Activation, error) {
	o := spec{method: "Activate", body: req}
	return perform(ctx, e.runner, o, func(s *scope, u *account) (mfa.Activation, error) {
		f, err := s.pending(u)
		if err != nil {
			return mfa.Activation{}, err
		}
		tried := event{user: u, factor: f.Kind}
		if err := s.confirm(u, &f, req.Code); err != nil {
			return mfa.Activation{}, refusedAbout(err, tried)
		}
		out, err := s.activate(u, f)
		return out, refusedAbout(err, tried)
	})
}

// pending returns the enrollment that belongs to the caller's session. One that
// is out of time is dropped.
func (s *scope) pending(u *account) (mfa.Factor, error) {
	f, err := s.r.PendingFactor(u.User, s.session.Hash)
	if errors.Is(err, mfa.NotFound) {
		return f, mfa.Errorf(mfa.Conflict, "no enrollment is pending in this session").WithHint("mfactl 2fa enable")
	}
	if err != nil {
		return f, err
	}
	if ended(f, s.now) {
		if err := s.refusals.DropPending(); err != nil {
			return f, err
		}
		return f, mfa.Errorf(mfa.Expired, "the enrollment is out of time, it lived 10 minutes").WithHint("mfactl 2fa enable")
	}
	return f, nil
}

// confirm checks the first code of a pending factor. The third wrong one drops
// it. The right one spends its step.
func (s *scope) confirm(u *account, f *mfa.Factor, code mfa.Secret) error {
	err := s.try(u, f, code)
	if !isNo(err) {
		return err
	}
	wrong := (&mfa.Error{Code: mfa.Rejected, Message: "wrong code"}).WithDetail(string(mfa.ActOTPFail))
	f.Tries++
	if f.Tries >= pendingTries {
		if err := s.refusals.DropPending(); err != nil {
			return err
		}
		return wrong.WithHint("three wrong codes: begin again with mfactl 2fa enable")
	}
	if err := s.refusals.PutTries(f.Tries); err != nil {
		return err
	}
	return wrong.WithHint("%d tries left; is the clock of the phone right?", pendingTries-f.Tries)
}

// activate makes the pending factor count: state on, a new session, backup
// codes where none live, and whatever the state before had left is over.
func (s *scope) activate(u *account, f mfa.Factor) (mfa.Activation, error) {
	first := u.State != mfa.StateOn
	if err := s.labelFree(u, f.Label, f.ID); err != nil {
		return mfa.Activation{}, err
	}
	out := mfa.Activation{User: u.Email, Changed: true}
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return out, err
	}
	live, err := s.codesKept(rows)
	if err != nil {
		return out, err
	}
	if err := s.revokeRecovery(u, event{factor: f.Kind}); err != nil {
		return out, err
	}
	f.Status, f.SessionHash, f.Tries = mfa.FactorActive, "", 0
	f.ConfirmedAt, f.ExpiresAt, f.LastUsedAt = s.now, time.Time{}, s.now
	if err := s.w.PutConfirmed(&u.User, &f); err != nil {
		return out, err
	}
	u.State = mfa.StateOn
	if u.PreferredID == "" {
		u.PreferredID = f.ID
	}
	codes, err := s.freshCodes(u, live)
	if err != nil {
		return out, err
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return out, err
	}
	out.BackupCodes = codes
	out.Factor = s.factorInfo(u.User, f)
	if out.Ended, err = s.replaceSession(u, f.Kind, first, &out.Session); err != nil {
		return out, err
	}
	return out, s.recordActivation(u, f, first, len(codes))
}

// replaceSession replaces the caller's session by one that proved both factors; when 2FA
// was just turned on, every other session of the user ends.
func (s *scope) replaceSession(u *account, kind mfa.Kind, first bool, session *mfa.SignedIn) (ended int, err error) {
	if first {
		ended, err = s.endSessions(u.ID, s.session.Hash)
	}
	if err == nil {
		err = s.w.DeleteSession(s.session.Hash)
	}
	if err == nil {
		*session, err = s.openSession(u, mfa.LevelMFA, kind)
	}
	return ended, err
}

func (s *scope) recordActivation(u *account, f mfa.Factor, first bool, codes int) error {
	action, kind := mfa.ActFactorAdd, mfa.NoticeFactorAdded
	if first {
		action, kind = mfa.ActEnable, mfa.NoticeEnabled
	}
	note := fmt.Sprintf("%s %q", f.Kind, f.Label)
	if codes > 0 {
		note += fmt.Sprintf(", %d backup codes", codes)
	}
	if _, err := s.record(event{action: action, user: u, factor: f.Kind, note: note}); err != nil {
		return err
	}
	return s.notify(u, notice{kind: kind, note: strings.TrimSpace(note)})
}

// isFactor reports whether a kind is an authenticator of its own, and no code
// that stands in for one.
func (s *scope) isFactor(k mfa.Kind) bool { return s.class(k) == mfa.Possession }

// class says what the codes of a kind are.
func (s *scope) class(k mfa.Kind) mfa.KindClass { return s.run.kinds.Info(k).Class }
