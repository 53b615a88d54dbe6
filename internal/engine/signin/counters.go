package signin

import (
	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// counters are the counters of wrong answers of one way in which codes are checked. The
// locks of one way do not bind the other: else an application that verifies codes could
// lock its users out of mfactl.
type counters struct{ otp, code *mfa.Attempts }

// ofLogin are the counters of whatever follows a right password.
func ofLogin(u *act.Account) counters { return counters{&u.OTP, &u.Code} }

// ofVerify are the counters of verify.
func ofVerify(u *act.Account) counters { return counters{&u.VerifyOTP, &u.VerifyCode} }

// of returns the counter that an answer goes to, by whether it has the form of a look-up code.
func (c counters) of(lookUp bool) *mfa.Attempts {
	if lookUp {
		return c.code
	}
	return c.otp
}

// rightCode ends the wrong answers in a row of one sort, in both ways.
func rightCode(u *act.Account, lookUp bool) {
	for _, c := range []counters{ofLogin(u), ofVerify(u)} {
		*c.of(lookUp) = throttle.RightCode(*c.of(lookUp))
	}
}

// clearCounters forgets all wrong codes, since the factors that they were tried at are gone.
func clearCounters(u *act.Account) {
	u.OTP, u.Code, u.VerifyOTP, u.VerifyCode = mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}
}

// Exhausted reports a hundred wrong one-time passwords in a row, both ways together.
func Exhausted(u mfa.User) bool { return throttle.Exhausted(u.OTP, u.VerifyOTP) }
