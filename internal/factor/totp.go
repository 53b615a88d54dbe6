package factor

import (
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Windows of TOTP.
const (
	totpReach   = 1             // steps before and after the current one (RFC 6238 §5.2)
	resyncReach = 2 * time.Hour // how wrong a clock may be and still be found (RFC 6238 §6)
	noStep      = -1            // no step was accepted yet
)

// totp is the time-based one-time password of RFC 6238.
type totp struct{}

// totpCred is the private state of a TOTP factor.
//
// Last is a step as it entered the code, not a time of the store: the counter
// of RFC 6238 after any offset. So Offset may change either way and Last still
// says, by itself, which codes are spent. Every acceptance sets it to a greater
// value; that is the whole of the proof that no step is accepted twice.
type totpCred struct {
	Secret    []byte `json:"secret"`
	Algorithm string `json:"algorithm"`
	Digits    int    `json:"digits"`
	Period    int    `json:"period"`
	Offset    int64  `json:"offset"` // steps by which the owner's clock is ahead; negative: behind
	Last      int64  `json:"last"`   // greatest step ever accepted; noStep before the first
}

// Name returns the kind's name.
func (totp) Name() mfa.Kind { return mfa.KindTOTP }

// Enroll draws a secret of 20 bytes (RFC 4226 §4 R6) and shows it as base32 and
// as otpauth URI.
func (totp) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	p, err := settle(mfa.KindTOTP, s.Params)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	secret, err := drawSecret(s.Rand)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	reveal, err := revealSecret(mfa.KindTOTP, s, p, secret)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	c, err := encode(totpCred{
		Secret: secret, Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period, Last: noStep,
	})
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	return c, reveal, nil
}

// Fits reports whether the answer is 6 or 8 ASCII digits.
func (totp) Fits(answer string) bool { return fitsOTP(answer) }

// Ask asks for a code; nothing has to be sent first.
func (totp) Ask(_ Subject, c Cred) ([]byte, mfa.Prompt, error) {
	cred, _, err := loadTOTP(c)
	if err != nil {
		return nil, mfa.Prompt{}, err
	}
	return nil, mfa.Prompt{Kind: mfa.KindTOTP, Digits: cred.Digits}, nil
}

// Check accepts the code of the current step, the one before and the one after
// (RFC 6238 §5.2), each at most once and none at or below the last accepted one.
//
// Two steps may by chance share a code. Where one of them is spent the answer
// is a replay, and where none is the greater one is taken, which spends both:
// the same digits are never accepted twice within their window.
func (totp) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	cred, gen, err := loadTOTP(c)
	if err != nil {
		return nil, err
	}
	if !isCode(answer, cred.Digits) {
		return nil, ErrWrong
	}
	first := stepAt(s.Now, cred.Period) + cred.Offset - totpReach
	hits, err := gen.matches(first, 2*totpReach+1, answer)
	if err != nil {
		return nil, err
	}
	step, err := greatestUnspent(hits, first, cred.Last)
	if err != nil {
		return nil, err
	}
	cred.Last = step
	return encode(cred)
}

// Resync finds two consecutive codes within two hours of the current step and
// keeps how far the owner's clock is off (RFC 6238 §6). The second code is taken
// to be the current one. Both are spent; neither may be at or below the last
// accepted step, so a resynchronisation is no way to use a code again.
func (totp) Resync(s Subject, c Cred, first, second string) (Cred, error) {
	cred, gen, err := loadTOTP(c)
	if err != nil {
		return nil, err
	}
	if !isCode(first, cred.Digits) || !isCode(second, cred.Digits) {
		return nil, ErrWrong
	}
	now, reach := stepAt(s.Now, cred.Period), maxOffset(cred.Period)
	hits, err := gen.pairs(now-reach, int(2*reach), first, second)
	if err != nil {
		return nil, err
	}
	step, err := greatestUnspent(hits, now-reach, cred.Last)
	if err != nil {
		return nil, err
	}
	cred.Last = step + 1
	cred.Offset = cred.Last - now
	return encode(cred)
}

// loadTOTP reads a credential and refuses any that Enroll and Check could not
// have written.
func loadTOTP(c Cred) (totpCred, generator, error) {
	cred, err := decode[totpCred](mfa.KindTOTP, c)
	if err != nil {
		return totpCred{}, generator{}, err
	}
	p := mfa.OTPParams{Algorithm: cred.Algorithm, Digits: cred.Digits, Period: cred.Period}
	gen, err := newGenerator(mfa.KindTOTP, cred.Secret, p)
	if err != nil {
		return totpCred{}, generator{}, err
	}
	reach := maxOffset(cred.Period)
	if cred.Offset < -reach || cred.Offset > reach || cred.Last < noStep || cred.Last > maxCounter {
		return totpCred{}, generator{}, unreadable(mfa.KindTOTP, "its steps are out of range")
	}
	return cred, gen, nil
}

// greatestUnspent judges what matched: nothing is ErrWrong, anything at or below
// the last accepted step is ErrReplay, else the greatest matching step is it.
func greatestUnspent(hits []int, first, last int64) (int64, error) {
	step := int64(noStep)
	for i, hit := range hits {
		if hit == 0 {
			continue
		}
		step = first + int64(i)
		if step <= last {
			return noStep, ErrReplay
		}
	}
	if step == noStep {
		return noStep, ErrWrong
	}
	return step, nil
}

// stepAt returns the time step of RFC 6238 §4.2, rounded down also before 1970.
func stepAt(now time.Time, period int) int64 {
	seconds, length := now.Unix(), int64(period)
	if seconds < 0 {
		seconds -= length - 1
	}
	return seconds / length
}

// maxOffset is the reach of a resynchronisation in steps: 240 of 30 seconds.
func maxOffset(period int) int64 { return int64(resyncReach/time.Second) / int64(period) }
