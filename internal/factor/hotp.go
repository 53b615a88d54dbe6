package factor

import (
	"github.com/mfactl/mfactl/internal/mfa"
)

// HOTP is the counter-based one-time password of RFC 4226.
type HOTP struct{}

// The look-ahead after the next expected counter, the look-back that tells a
// replay, and how far a resync searches (RFC 4226 §7.4).
const (
	lookAhead  = 10
	lookBack   = 10
	resyncSpan = 100
)

type hotpCred struct {
	otpKey
	Next uint64 `json:"next"` // the lowest counter that may still be accepted
}

// Name returns "hotp".
func (HOTP) Name() mfa.Kind { return mfa.KindHOTP }

// Enroll draws a secret; the counter begins at 0.
func (HOTP) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	key, err := newKey(s)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	if s.Params.Period != 0 {
		return nil, mfa.Reveal{}, mfa.Bad("period", "an hotp factor has no period")
	}
	uri, err := URI{
		Kind: mfa.KindHOTP, Issuer: s.Issuer, Account: s.Account, Secret: key.base32(),
		Params: mfa.OTPParams{Algorithm: key.Algorithm, Digits: key.Digits},
	}.Build()
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	cred, err := encode(hotpCred{otpKey: key})
	return cred, mfa.Reveal{Secret: mfa.NewSecret(key.base32()), OtpauthURI: uri}, err
}

// Fits reports 6 or 8 ASCII digits.
func (HOTP) Fits(answer string) bool { return fitsOTP(answer) }

// Ask asks for the next code of the token.
func (HOTP) Ask(_ Subject, c Cred) ([]byte, mfa.Prompt, error) {
	h, err := readHOTP(c)
	return nil, mfa.Prompt{Kind: mfa.KindHOTP, Digits: h.Digits}, err
}

// Check accepts the code of the next counter or one of the ten after it, and
// moves past it.
func (HOTP) Check(_ Subject, c Cred, _ []byte, answer string) (Cred, error) {
	h, err := readHOTP(c)
	if err != nil {
		return nil, err
	}
	if !h.fits(answer) {
		return nil, ErrWrong
	}
	counter, ok, err := h.match(h.Next, h.Next+lookAhead, answer)
	if err != nil {
		return nil, err
	}
	_, old, err := h.spent(answer)
	switch {
	case err != nil:
		return nil, err
	case ok:
		h.Next = counter + 1
		return encode(h)
	case old:
		return nil, ErrReplay
	default:
		return nil, ErrWrong
	}
}

func (h hotpCred) spent(answer string) (uint64, bool, error) {
	if h.Next == 0 {
		return 0, false, nil
	}
	return h.match(h.Next-min(lookBack, h.Next), h.Next-1, answer)
}

// Resync looks further ahead for two consecutive codes; both are spent.
func (HOTP) Resync(_ Subject, c Cred, first, second string) (Cred, error) {
	h, err := readHOTP(c)
	if err != nil {
		return nil, err
	}
	if !h.fits(first) || !h.fits(second) {
		return nil, ErrWrong
	}
	at, err := h.consecutive(h.Next, h.Next+resyncSpan, first, second)
	if err != nil {
		return nil, err
	}
	h.Next = at + 2
	return encode(h)
}

func readHOTP(c Cred) (hotpCred, error) {
	var h hotpCred
	if err := decode(c, &h); err != nil {
		return h, err
	}
	return h, h.sound()
}
