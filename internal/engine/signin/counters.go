package signin

import (
	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/throttle"
)

// way is one way in which codes are checked. Each has its own counters of wrong answers, whose
// locks do not bind the other: else an application that verifies codes could lock its users
// out of mfactl.
type way struct {
	otp, code *mfa.Attempts
	bars      bool // no factor of a kind that the policy bars is tried
}

// atLogin is the way of what follows a right password. A factor of a barred kind is tried
// there, since the user needs it to enroll another.
func atLogin(u *act.Account) way { return way{otp: &u.OTP, code: &u.Code} }

// atVerify is the way of verify.
func atVerify(u *act.Account) way { return way{otp: &u.VerifyOTP, code: &u.VerifyCode, bars: true} }

// of returns the counter that an answer goes to, by whether it has the form of a look-up code.
func (w way) of(lookUp bool) *mfa.Attempts {
	if lookUp {
		return w.code
	}
	return w.otp
}

// rightCode ends the wrong answers in a row of one sort, in both ways.
func rightCode(u *act.Account, lookUp bool) {
	for _, w := range []way{atLogin(u), atVerify(u)} {
		*w.of(lookUp) = throttle.RightCode(*w.of(lookUp))
	}
}

// clearCounters forgets all wrong codes, since the factors that they were tried at are gone.
func clearCounters(u *act.Account) {
	u.OTP, u.Code, u.VerifyOTP, u.VerifyCode = mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}, mfa.Attempts{}
}

// Exhausted reports a hundred wrong one-time passwords in a row, both ways together.
func Exhausted(u mfa.User) bool { return throttle.Exhausted(u.OTP, u.VerifyOTP) }
