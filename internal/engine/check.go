package engine

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/throttle"
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
	var replayed mfa.Kind
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
			verdict, readable, replayed = factor.ErrReplay, true, f.Kind
		case errors.Is(err, factor.ErrWrong):
			readable = true
		default:
			unread = err
		}
	}
	if unread != nil && !readable {
		return accepted{}, unread
	}
	return accepted{}, s.reject(u, lookUp, verdict, replayed)
}

// fits reports whether an answer has the form of a factor's codes. A factor of a
// kind that is not known is tried all the same, to be told as damage.
func (s *scope) fits(f mfa.Factor, answer mfa.Secret) bool {
	kind, known := s.run.kinds.ByName(f.Kind)
	return !known || kind.Fits(answer.Reveal())
}

// admit refuses an answer that may not be looked at. What is not looked at is
// not counted: waiting must help.
func (s *scope) admit(u *account, lookUp bool) error {
	a, what, action := u.OTP, "one-time passwords", mfa.ActOTPFail
	if lookUp {
		a, what, action = u.Code, "backup and recovery codes", mfa.ActBackupFail
	}
	if !lookUp && throttle.Exhausted(a) {
		hint := "ask an administrator for a reset"
		if takesBackupCodes(u) {
			hint = "use a backup code, or " + hint
		}
		return mfa.Errorf(mfa.Locked, "too many wrong codes in a row: %s are disabled", what).WithHint("%s", hint).WithDetail(string(action))
	}
	if until, is := throttle.Locked(a, s.now); is {
		return mfa.Errorf(mfa.Locked, "too many wrong codes: %s are locked", what).Until(until).WithDetail(string(action))
	}
	return nil
}

// try asks one factor. On a match f carries the state to keep.
func (s *scope) try(u *account, f *mfa.Factor, answer mfa.Secret) error {
	kind, ok := s.run.kinds.ByName(f.Kind)
	if !ok {
		return mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	if !kind.Fits(answer.Reveal()) {
		return factor.ErrWrong
	}
	cred, err := s.run.keys.Open(s.place(*f), f.Sealed)
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
		f.Sealed = s.run.keys.Seal(s.place(*f), next)
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
	if s.run.kinds.Info(f.Kind).Form == mfa.FormLookUp {
		u.Code = throttle.RightCode(u.Code)
	} else {
		u.OTP = throttle.RightCode(u.OTP)
	}
	if err := s.w.PutUser(&u.User); err != nil {
		return accepted{}, err
	}
	switch s.class(f.Kind) {
	case mfa.LookUpSet:
		return s.acceptBackup(u, f)
	case mfa.StandIn:
		if _, err := s.record(event{action: mfa.ActRecoveryUse, user: u, factor: f.Kind}); err != nil {
			return accepted{}, err
		}
		return accepted{kind: f.Kind}, s.notify(u, notice{kind: mfa.NoticeRecoveryUsed})
	default:
		n, err := s.codesLeft(u, rows)
		if err == nil {
			_, err = s.record(event{action: mfa.ActOTPOK, user: u, factor: f.Kind})
		}
		return accepted{kind: f.Kind, left: n}, err
	}
}

func (s *scope) acceptBackup(u *account, f mfa.Factor) (accepted, error) {
	n, err := s.codesIn(f)
	if err != nil {
		return accepted{}, err
	}
	if _, err := s.record(event{action: mfa.ActBackupUse, user: u, factor: f.Kind, note: left(n)}); err != nil {
		return accepted{}, err
	}
	return accepted{kind: f.Kind, left: n}, s.notify(u, notice{kind: mfa.NoticeCodeUsed, note: left(n)})
}

func left(n int) string { return counted(n, "backup code") + " left" }

// reject counts a wrong answer; a replay counts as wrong and gets the same
// answer (NIST SP 800-63B §3.1.4.2), but the audit tells them apart. The user
// hears of it at most once an hour. kind is the kind of factor that is known to have been
// tried, empty if it is not known.
func (s *scope) reject(u *account, lookUp bool, verdict error, kind mfa.Kind) error {
	a, action := &u.OTP, mfa.ActOTPFail
	if lookUp {
		a, action = &u.Code, mfa.ActBackupFail
	} else if errors.Is(verdict, factor.ErrReplay) {
		action = mfa.ActOTPReplay
	}
	tried, before := event{user: u, factor: kind}, a.LockedUntil
	*a = throttle.WrongCode(*a, u.policy.Lockout, s.now)
	tell := throttle.NoticeDue(u.OTP, u.Code, s.now)
	if tell {
		a.NoticeAt = s.now
	}
	if err := s.refusals.PutAttempts(&u.User); err != nil {
		return err
	}
	if tell {
		if err := s.notify(u, notice{kind: mfa.NoticeWrongCode}); err != nil {
			return err
		}
	}
	if a.LockedUntil.After(before) {
		if err := s.recordLock(u, a.LockedUntil, tried); err != nil {
			return err
		}
	}
	return refusedAbout((&mfa.Error{Code: mfa.Rejected}).WithDetail(string(action)), tried)
}

// reworded is an error with other words where it is the answer to a wrong code. What its
// event names stays.
func reworded(err error, text string) error {
	if e := mfa.AsError(err); e.Code == mfa.Rejected {
		e.Message = text
	}
	return err
}

// place is the one place a factor's private state may stand.
func (s *scope) place(f mfa.Factor) seal.Binding {
	return seal.Binding{
		Instance: s.r.Instance(), Table: "factors", Column: "sealed",
		Row: f.ID, User: f.UserID, Kind: string(f.Kind),
	}
}

// subject is whom and when a kind works for.
func (s *scope) subject(u *account, f mfa.Factor) factor.Subject {
	return factor.Subject{
		UserID: u.ID, FactorID: f.ID, Account: u.Email, Issuer: u.community.Name,
		Now: s.clock, Doubted: s.doubted, Rand: s.rand, Tagger: s.run.keys.Tagger(tagCodes),
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
