package factor

import "github.com/mfactl/mfactl/internal/mfa"

// Windows of HOTP, in counters.
const (
	hotpAhead       = 10  // look-ahead of a single code (RFC 4226 §7.4)
	hotpBehind      = 10  // spent codes that are still recognized as such
	hotpResyncAhead = 100 // look-ahead of two consecutive codes (RFC 4226 §7.4, E.4)
)

// hotp is the counter-based one-time password of RFC 4226.
type hotp struct{}

// hotpCred is the private state of an HOTP factor. Counter is the least counter
// that was not spent; it only grows.
type hotpCred struct {
	Secret  []byte `json:"secret"`
	Digits  int    `json:"digits"`
	Counter int64  `json:"counter"`
}

// Info returns the kind's row.
func (hotp) Info() mfa.KindInfo { return mfa.KindOf(mfa.KindHOTP) }

// Enroll begins at counter 0.
func (hotp) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	return enrollOTP(mfa.KindHOTP, s, func(p mfa.OTPParams, secret []byte) hotpCred {
		return hotpCred{Secret: secret, Digits: p.Digits}
	})
}

// Fits reports whether the answer is 6 or 8 ASCII digits.
func (hotp) Fits(answer string) bool { return fitsOTP(answer) }

// Ask asks for a code; nothing has to be sent first.
func (hotp) Ask(_ Subject, c Cred) ([]byte, mfa.Prompt, error) {
	cred, _, err := loadHOTP(c)
	if err != nil {
		return nil, mfa.Prompt{}, err
	}
	return nil, mfa.Prompt{Kind: mfa.KindHOTP, Digits: cred.Digits}, nil
}

// Check accepts the code of the next counter or of one of the ten after it, for
// a button pressed in vain (RFC 4226 §7.4), and moves on to the one behind it.
// A code of the ten counters before is a replay, also where it is by chance the
// code of a later counter too.
func (hotp) Check(_ Subject, c Cred, _ []byte, answer string) (Cred, error) {
	cred, gen, err := loadHOTP(c, answer)
	if err != nil {
		return nil, err
	}
	first := cred.Counter - hotpBehind
	hits := gen.matches(first, hotpBehind+1+hotpAhead, answer)
	match, err := leastUnspent(hits, first, cred.Counter)
	if err != nil {
		return nil, err
	}
	cred.Counter = match + 1
	return encode(cred)
}

// Resync finds two consecutive codes of unspent counters, the second at most a
// hundred beyond the next one (RFC 4226 §7.4), and goes on behind them. Where
// the first of the two is spent it is a replay.
func (hotp) Resync(_ Subject, c Cred, first, second string) (Cred, error) {
	cred, gen, err := loadHOTP(c, first, second)
	if err != nil {
		return nil, err
	}
	start := cred.Counter - hotpBehind
	hits := gen.pairs(start, hotpBehind+hotpResyncAhead, first, second)
	match, err := leastUnspent(hits, start, cred.Counter)
	if err != nil {
		return nil, err
	}
	cred.Counter = match + 2
	return encode(cred)
}

// Probe looks for an unspent code up to where a resynchronization looks. One that
// sign-in would take is spent as there; one farther ahead moves nothing, since one
// code is too little to move a counter by (RFC 4226 §7.4), and sign-in does not
// take it.
func (hotp) Probe(_ Subject, c Cred, answer string) (Found, Cred, error) {
	cred, gen, err := loadHOTP(c, answer)
	if err != nil {
		return Found{}, nil, err
	}
	first := cred.Counter - hotpBehind
	hits := gen.matches(first, hotpBehind+1+hotpResyncAhead, answer)
	match, err := leastUnspent(hits, first, cred.Counter)
	if err != nil {
		return Found{}, nil, err
	}
	found := Found{Presses: int(match - cred.Counter), InReach: match <= cred.Counter+hotpAhead}
	if found.InReach {
		cred.Counter = match + 1
	}
	next, err := encode(cred)
	return found, next, err
}

// loadHOTP reads a credential and refuses any that Enroll and Check could not
// have written. ErrWrong if one of the answers has not the form of its codes.
func loadHOTP(c Cred, answers ...string) (hotpCred, generator, error) {
	cred, err := decode[hotpCred](mfa.KindHOTP, c)
	if err != nil {
		return hotpCred{}, generator{}, err
	}
	p := mfa.OTPParams{Algorithm: defaultAlgorithm, Digits: cred.Digits}
	gen, err := newGenerator(mfa.KindHOTP, cred.Secret, p)
	if err != nil {
		return hotpCred{}, generator{}, err
	}
	if cred.Counter < 0 || cred.Counter > maxCounter {
		return hotpCred{}, generator{}, unreadable(mfa.KindHOTP, "its counter is out of range")
	}
	return cred, gen, areCodes(answers, cred.Digits)
}

// leastUnspent judges what matched: nothing is ErrWrong, anything below the next
// counter is ErrReplay, else the least matching counter is it. The least, so
// that a chance match far ahead does not outrun the token; digits accepted once
// stay a replay for as long as such a later match can be reached.
func leastUnspent(hits []int, first, next int64) (int64, error) {
	for i, hit := range hits {
		if hit == 0 {
			continue
		}
		if match := first + int64(i); match >= next {
			return match, nil
		}
		return 0, ErrReplay
	}
	return 0, ErrWrong
}
