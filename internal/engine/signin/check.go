package signin

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
	"github.com/mfactl/mfactl/internal/throttle"
)

// accepted is a second factor that was checked and claimed.
type accepted struct {
	kind mfa.Kind
	left int // backup codes left
}

// secondFactor counts, checks and claims one answer under the user's row lock, in the way in
// which it was given.
// Every factor that fits is tried. Rejected and Locked commit their count;
// Damaged where nothing that fits could be read.
func secondFactor(a *act.Act, u *act.Account, by way, answer mfa.Secret, method mfa.Kind) (accepted, error) {
	rows, err := a.Read.Factors(u.User)
	if err != nil {
		return accepted{}, err
	}
	lookUp := a.Runner.Kinds.LooksUp(answer.Reveal())
	if err := admit(a, u, by, lookUp); err != nil {
		return accepted{}, err
	}
	var unread error
	var replayed mfa.Kind
	verdict := factor.ErrWrong
	readable := false
	for _, f := range rows {
		if !signsIn(a, u, f.Kind) || by.bars && isBarred(a, u, f.Kind) || method != "" && method != f.Kind || Ended(f, a.Now) || !fits(a, f, answer) {
			continue
		}
		err := try(a, u, &f, answer)
		switch {
		case err == nil:
			return accept(a, u, f, rows, lookUp)
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
	return accepted{}, reject(a, u, by, lookUp, verdict, replayed)
}

// fits reports whether an answer has the form of a factor's codes. A factor of a
// kind that is not known is tried all the same, to be told as damage.
func fits(a *act.Act, f mfa.Factor, answer mfa.Secret) bool {
	kind, known := a.Runner.Kinds.ByName(f.Kind)
	return !known || kind.Fits(answer.Reveal())
}

// admit refuses an answer that may not be looked at. What is not looked at is
// not counted: waiting must help.
func admit(a *act.Act, u *act.Account, by way, lookUp bool) error {
	if !lookUp && Exhausted(u.User) {
		hint := "ask an administrator for a reset"
		if TakesBackupCodes(u) {
			hint = "sign in with a backup code and run mfactl 2fa resync, or " + hint
		}
		return mfa.Errorf(mfa.Locked, "too many wrong codes in a row: %s are disabled", mfa.ExhaustedCodes).
			WithHint("%s", hint).WithDetail(string(mfa.ActOTPFail))
	}
	return lockedNow(a, by, lookUp)
}

// lockedNow refuses an answer while wrong ones before it lock its sort.
func lockedNow(a *act.Act, by way, lookUp bool) error {
	what, action := mfa.ExhaustedCodes, mfa.ActOTPFail
	if lookUp {
		what, action = mfa.LockedCodes, mfa.ActBackupFail
	}
	if until, is := throttle.Locked(*by.of(lookUp), a.Now); is {
		return mfa.Errorf(mfa.Locked, "too many wrong codes: %s are locked", what).Until(until).WithDetail(string(action))
	}
	return nil
}

// try asks one factor. On a match f carries the state to keep.
func try(a *act.Act, u *act.Account, f *mfa.Factor, answer mfa.Secret) error {
	kind, ok := a.Runner.Kinds.ByName(f.Kind)
	if !ok {
		return mfa.Errorf(mfa.Damaged, "a factor of %s is of the unknown kind %q", u.Email, f.Kind)
	}
	if !kind.Fits(answer.Reveal()) {
		return factor.ErrWrong
	}
	cred, err := a.Runner.Keys.Open(FactorBinding(a, *f), f.Sealed)
	if err != nil {
		return err
	}
	state, err := stateOf(a, *f)
	if err != nil {
		return err
	}
	next, err := kind.Check(subject(a, u, *f), cred, state, answer.Reveal())
	switch {
	case err == nil:
		f.Sealed = a.Runner.Keys.Seal(FactorBinding(a, *f), next)
		return nil
	case isNo(err):
		return err
	default:
		return mfa.Errorf(mfa.Damaged, "a factor of %s cannot be read", u.Email).WithCause(err)
	}
}

// accept claims a right answer: its state, its time, the success of the counters that a wrong
// one would have gone to. The rows are all factors as they stood before.
func accept(a *act.Act, u *act.Account, f mfa.Factor, rows []mfa.Factor, lookUp bool) (accepted, error) {
	if ClassOf(a, f.Kind) == mfa.StandIn || !a.Now.Before(f.LastUsedAt.Add(act.LastSeenEvery)) {
		f.LastUsedAt = a.Now
	}
	a.Wrote(a.Write.PutConfirmed(&u.User, &f))
	rightCode(u, lookUp)
	a.Wrote(a.Write.PutUser(&u.User))
	switch ClassOf(a, f.Kind) {
	case mfa.LookUpSet:
		n, err := CodesIn(a, f)
		a.Announce(act.Event{Action: mfa.ActBackupUse, User: u, Factor: f.Kind, Note: act.Counted(n, "backup code") + " left"}, mfa.NoticeCodeUsed)
		return accepted{kind: f.Kind, left: n}, err
	case mfa.StandIn:
		a.Announce(act.Event{Action: mfa.ActRecoveryUse, User: u, Factor: f.Kind}, mfa.NoticeRecoveryUsed)
		return accepted{kind: f.Kind}, nil
	default:
		n, err := codesLeft(a, u, rows)
		a.Record(act.Event{Action: mfa.ActOTPOK, User: u, Factor: f.Kind})
		return accepted{kind: f.Kind, left: n}, err
	}
}

// reject counts a wrong answer; a replay counts as wrong and gets the same
// answer (NIST SP 800-63B §3.1.4.2), but the audit tells them apart. The user
// hears of it at most once an hour. kind is the kind of factor that is known to have been
// tried, empty if it is not known.
func reject(a *act.Act, u *act.Account, by way, lookUp bool, verdict error, kind mfa.Kind) error {
	attempts, action := by.of(lookUp), mfa.ActOTPFail
	if lookUp {
		action = mfa.ActBackupFail
	} else if errors.Is(verdict, factor.ErrReplay) {
		action = mfa.ActOTPReplay
	}
	tried, before := act.Event{User: u, Factor: kind}, attempts.LockedUntil
	*attempts = throttle.WrongCode(*attempts, u.Policy.Lockout, a.Now)
	tell := throttle.NoticeDue(a.Now, u.OTP, u.Code, u.VerifyOTP, u.VerifyCode)
	if tell {
		attempts.NoticeAt = a.Now
	}
	a.Wrote(a.Refusals.PutAttempts(&u.User))
	if tell {
		a.Notify(u, act.Notice{Kind: mfa.NoticeWrongCode})
	}
	if !lookUp && throttle.WarningDue(u.OTP, u.VerifyOTP) {
		if err := warn(a, u); err != nil {
			return err
		}
	}
	if attempts.LockedUntil.After(before) {
		a.RecordLock(u, attempts.LockedUntil, tried)
	}
	return act.RefusedAbout((&mfa.Error{Code: mfa.Rejected}).WithDetail(string(action)), tried)
}

// warn tells the user and the administrators of 50 wrong codes in a row, while there is time
// to do something before a hundred disable the one-time passwords.
func warn(a *act.Act, u *act.Account) error {
	n := act.Notice{Kind: mfa.NoticeManyWrong, Note: "50 wrong codes in a row for " + u.Email + ": after 100 the one-time passwords are disabled"}
	a.Notify(u, n)
	return act.NotifyAdministrators(a, u.Community, n, u.ID)
}

// reworded is an error with other words where it is the answer to a wrong code. What its
// event names stays.
func reworded(err error, text string) error {
	if e := mfa.AsError(err); e.Code == mfa.Rejected {
		e.Message = text
	}
	return err
}

// FactorBinding is the one place a factor's private state may stand.
func FactorBinding(a *act.Act, f mfa.Factor) seal.Binding {
	return seal.Binding{
		Instance: a.Read.Instance(), Table: "factors", Column: "sealed",
		Row: f.ID, User: f.UserID, Kind: string(f.Kind),
	}
}

// subject is whom and when a kind works for.
func subject(a *act.Act, u *act.Account, f mfa.Factor) factor.Subject {
	return factor.Subject{
		UserID: u.ID, FactorID: f.ID, Account: u.Email, Issuer: u.Community.Name,
		Now: a.Clock, Doubted: a.Doubted, Skew: u.Policy.TOTPSkew, Rand: a.Rand, Tagger: a.Runner.Keys.Tagger(act.TagCodes),
	}
}

// Ended reports whether a code's time is over: a recovery code is valid while
// now is before its issue plus its lifetime. The time of one that was issued under a clock
// which stood far ahead is over too: else it would be valid until then.
func Ended(f mfa.Factor, now time.Time) bool {
	return !f.ExpiresAt.IsZero() && (!now.Before(f.ExpiresAt) || records.Foretold(f.CreatedAt, now))
}

// isNo reports an answer of a kind that is no failure.
func isNo(err error) bool {
	return errors.Is(err, factor.ErrWrong) || errors.Is(err, factor.ErrReplay)
}
