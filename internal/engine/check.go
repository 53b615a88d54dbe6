package engine

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// accepted is a second factor that was checked and claimed.
type accepted struct {
	kind mfa.Kind
	left int // backup codes left
}

// secondFactor counts, checks and claims one answer under the user's row lock.
// Every factor that fits is tried. Rejected and Locked commit their count;
// Damaged where nothing that fits could be read.
func (s *scope) secondFactor(u *account, answer mfa.Secret, method mfa.Kind) (accepted, error) {
	rows, err := s.r.Factors(u.User)
	if err != nil {
		return accepted{}, err
	}
	_, lookUp := factor.LookUpCodes(answer.Reveal())
	if err := s.admit(u, lookUp); err != nil {
		return accepted{}, err
	}
	var unread error
	verdict := factor.ErrWrong
	readable := false
	for _, f := range rows {
		if !s.signsIn(u, f.Kind) || method != "" && method != f.Kind || ended(f, s.now) || !s.fits(f, answer) {
			continue
		}
		err := s.try(u, &f, answer)
		switch {
		case err == nil:
			return s.accept(u, f, rows)
		case errors.Is(err, factor.ErrReplay):
			verdict, readable, s.factor = factor.ErrReplay, true, f.Kind
		case errors.Is(err, factor.ErrWrong):
			readable = true
		default:
			unread = err
		}
	}
	if unread != nil && !readable {
		return accepted{}, unread
	}
	return accepted{}, s.reject(u, lookUp, verdict)
}

// fits reports whether an answer has the form of a factor's codes. A factor of a
// kind that is not known is tried all the same, to be told as damage.
func (s *scope) fits(f mfa.Factor, answer mfa.Secret) bool {
	kind, known := s.e.kinds.ByName(f.Kind)
	return !known || kind.Fits(answer.Reveal())
}

// admit refuses an answer that may not be looked at. What is not looked at is
// not counted: waiting must help.
func (s *scope) admit(u *account, lookUp bool) error {
	a, what, action := u.OTP, "one-time passwords", mfa.ActOTPFail
	if lookUp {
		a, what, action = u.Code, "backup and recovery codes", mfa.ActBackupFail
	}
	if !lookUp && exhausted(a) {
		hint := "ask an administrator for a reset"
		if u.takesBackupCodes() {
			hint = "use a backup code, or " + hint
		}
		return mfa.Errorf(mfa.Locked, "too many wrong codes in a row: %s are disabled", what).WithHint("%s", hint).WithDetail(string(action))
	}
	if until, is := locked(a, s.now); is {
		return mfa.Errorf(mfa.Locked, "too many wrong codes: %s are locked", what).Until(until).WithDetail(string(action))
	}
	return nil
}

// try asks one factor. On a match f carries the state to keep.
func (s *scope) try(u *account, f *mfa.Factor, answer mfa.Secret) error {
	kind, ok := s.e.kinds.ByName(f.Kind)
	if !ok {
		return mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	if !kind.Fits(answer.Reveal()) {
		return factor.ErrWrong
	}
	cred, err := s.e.keys.Open(s.place(*f), f.Sealed)
	if err != nil {
		return err
	}
	state, err := s.stateOf(*f)
	if err != nil {
		return err
	}
	next, err := kind.Check(s.subject(u, *f), cred, state, answer.Reveal())
	switch {
	case err == nil:
		f.Sealed = s.e.keys.Seal(s.place(*f), next)
		return nil
	case isNo(err):
		return err
	default:
		return mfa.Errorf(mfa.Damaged, "a factor of %s cannot be read", u.Email).WithCause(err)
	}
}

// accept claims a right answer: its state, its time, the counter's success. The
// rows are all factors as they stood before.
func (s *scope) accept(u *account, f mfa.Factor, rows []mfa.Factor) (accepted, error) {
	if s.class(f.Kind) == mfa.StandIn || !s.now.Before(f.LastUsedAt.Add(lastSeenEvery)) {
		f.LastUsedAt = s.now
	}
	if err := s.w.PutConfirmed(&u.User, &f); err != nil {
		return accepted{}, err
	}
	if s.e.kinds.Info(f.Kind).Form == mfa.FormLookUp {
		u.Code = rightCode(u.Code)
	} else {
		u.OTP = rightCode(u.OTP)
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return accepted{}, err
	}
	s.factor = f.Kind
	switch s.class(f.Kind) {
	case mfa.LookUpSet:
		return s.acceptBackup(u, f)
	case mfa.StandIn:
		if _, err := s.record(mfa.ActRecoveryUse, ""); err != nil {
			return accepted{}, err
		}
		return accepted{kind: f.Kind}, s.notify(u, mfa.NoticeRecoveryUsed, "")
	default:
		n, err := s.codesLeft(u, rows)
		if err == nil {
			_, err = s.record(mfa.ActOTPOK, "")
		}
		return accepted{kind: f.Kind, left: n}, err
	}
}

func (s *scope) acceptBackup(u *account, f mfa.Factor) (accepted, error) {
	n, err := s.codesIn(f)
	if err != nil {
		return accepted{}, err
	}
	if _, err := s.record(mfa.ActBackupUse, left(n)); err != nil {
		return accepted{}, err
	}
	return accepted{kind: f.Kind, left: n}, s.notify(u, mfa.NoticeCodeUsed, left(n))
}

// reject counts a wrong answer; a replay counts as wrong and gets the same
// answer (NIST SP 800-63B §3.1.4.2), but the audit tells them apart. The user
// hears of it at most once an hour.
func (s *scope) reject(u *account, lookUp bool, verdict error) error {
	a, action := &u.OTP, mfa.ActOTPFail
	if lookUp {
		a, action = &u.Code, mfa.ActBackupFail
	} else if errors.Is(verdict, factor.ErrReplay) {
		action = mfa.ActOTPReplay
	}
	before := a.LockedUntil
	*a = wrongCode(*a, u.policy.Lockout, s.now)
	tell := !s.now.Before(later(u.OTP.NoticeAt, u.Code.NoticeAt).Add(noticeEvery))
	if tell {
		a.NoticeAt = s.now
	}
	if err := s.facts.PutAttempts(&u.User); err != nil {
		return err
	}
	if tell {
		if err := s.notify(u, mfa.NoticeWrongCode, ""); err != nil {
			return err
		}
	}
	if a.LockedUntil.After(before) {
		if err := s.tellLocked(u, a.LockedUntil); err != nil {
			return err
		}
	}
	return (&mfa.Error{Code: mfa.Rejected}).WithDetail(string(action))
}

// place is the one place a factor's private state may stand.
func (s *scope) place(f mfa.Factor) seal.Place {
	return seal.Place{
		Instance: s.r.Instance(), Table: "factors", Column: "sealed",
		Row: f.ID, User: f.UserID, Kind: string(f.Kind),
	}
}

// subject is whom and when a kind works for.
func (s *scope) subject(u *account, f mfa.Factor) factor.Subject {
	return factor.Subject{
		UserID: u.ID, FactorID: f.ID, Account: u.Email, Issuer: u.community.Name,
		Now: s.clock, Doubted: s.doubted, Rand: s.rand, Tagger: s.e.keys.Tagger(tagCodes),
	}
}

// ended reports whether a code's time is over: a recovery code is valid while
// now is before its issue plus its lifetime.
func ended(f mfa.Factor, now time.Time) bool {
	return !f.ExpiresAt.IsZero() && !now.Before(f.ExpiresAt)
}

// isNo reports an answer of a kind that is no failure.
func isNo(err error) bool {
	return errors.Is(err, factor.ErrWrong) || errors.Is(err, factor.ErrReplay)
}
