package factor

import (
	"errors"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// TOTP is the time-based one-time password of RFC 6238.
type TOTP struct{}

// skew is how many steps before and after the store's clock are accepted
// (RFC 6238 §5.2).
const skew = 1

// resyncReach is how far a drifted clock is looked for (RFC 6238 §6).
const resyncReach = 2 * time.Hour

// totpCred is the private state. Last is the highest step that was ever
// accepted: no step at or below it is accepted again, across windows, restarts
// and resyncs (RFC 6238 §5.2).
type totpCred struct {
	otpKey
	Period int   `json:"period"` // seconds
	Last   int64 `json:"last"`
	Drift  int64 `json:"drift,omitempty"` // steps the phone's clock is ahead
}

// Name returns "totp".
func (TOTP) Name() mfa.Kind { return mfa.KindTOTP }

// Enroll draws a secret. Usage for parameters that do not exist.
func (TOTP) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	key, err := newKey(s)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	c := totpCred{otpKey: key, Period: s.Params.Period}
	if c.Period == 0 {
		c.Period = 30
	}
	if c.Period != 30 && c.Period != 60 {
		return nil, mfa.Reveal{}, mfa.Bad("period", "must be 30 or 60 seconds")
	}
	uri, err := URI{
		Kind: mfa.KindTOTP, Issuer: s.Issuer, Account: s.Account, Secret: key.base32(),
		Params: mfa.OTPParams{Algorithm: key.Algorithm, Digits: key.Digits, Period: c.Period},
	}.Build()
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	cred, err := encode(c)
	return cred, mfa.Reveal{Secret: mfa.NewSecret(key.base32()), OtpauthURI: uri}, err
}

// Fits reports 6 or 8 ASCII digits.
func (TOTP) Fits(answer string) bool { return fitsOTP(answer) }

// Ask asks for the code the app shows.
func (TOTP) Ask(_ Subject, c Cred) ([]byte, mfa.Prompt, error) {
	t, err := readTOTP(c)
	return nil, mfa.Prompt{Kind: mfa.KindTOTP, Digits: t.Digits}, err
}

// Check accepts the code of the present step and of the ones beside it, each
// step once.
func (TOTP) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	t, err := readTOTP(c)
	if err != nil {
		return nil, err
	}
	if !t.fits(answer) {
		return nil, ErrWrong
	}
	now := t.step(s.Now)
	step, ok, err := t.match(atLeast(now-skew), atLeast(now+skew), answer)
	if err != nil || !ok {
		return nil, orWrong(err)
	}
	if int64(step) <= t.Last { //nolint:gosec // a step of this age
		return nil, ErrReplay
	}
	t.Last = int64(step) //nolint:gosec // a step of this age
	return encode(t)
}

// Resync looks up to two hours around the store's clock for two consecutive
// codes and remembers how far the phone is off. Both steps are spent.
func (TOTP) Resync(s Subject, c Cred, first, second string) (Cred, error) {
	t, err := readTOTP(c)
	if err != nil {
		return nil, err
	}
	if !t.fits(first) || !t.fits(second) {
		return nil, ErrWrong
	}
	plain := t
	plain.Drift = 0
	now := plain.step(s.Now)
	reach := int64(resyncReach/time.Second) / int64(t.Period)
	at, err := t.consecutive(atLeast(max(now-reach, t.Last+1)), atLeast(now+reach), first, second)
	if err != nil {
		return nil, err
	}
	t.Last = int64(at) + 1        //nolint:gosec // a step of this age
	t.Drift = int64(at) + 1 - now //nolint:gosec // a step of this age
	return encode(t)
}

// consecutive finds the first of two counters in a row that match.
func (k otpKey) consecutive(from, to uint64, first, second string) (uint64, error) {
	var at uint64
	found := false
	for c := from; c <= to; c++ {
		_, one, err := k.match(c, c, first)
		if err != nil {
			return 0, err
		}
		_, two, err := k.match(c+1, c+1, second)
		if err != nil {
			return 0, err
		}
		if one && two && !found {
			at, found = c, true
		}
	}
	if !found {
		return 0, ErrWrong
	}
	return at, nil
}

// step is the phone's time step at a moment of the store's clock (RFC 6238
// §4.2).
func (t totpCred) step(now time.Time) int64 { return now.Unix()/int64(t.Period) + t.Drift }

func readTOTP(c Cred) (totpCred, error) {
	var t totpCred
	if err := decode(c, &t); err != nil {
		return t, err
	}
	if t.Period != 30 && t.Period != 60 {
		return t, errors.New("unknown parameters")
	}
	return t, t.sound()
}

func atLeast(step int64) uint64 { return uint64(max(step, 0)) }

func orWrong(err error) error {
	if err != nil {
		return err
	}
	return ErrWrong
}
