package factor

import (
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Windows of TOTP.
const (
	resyncReach = 2 * time.Hour // how wrong a clock may be and still be found (RFC 6238 §6)
	noStep      = -1            // no step was accepted yet
	maxBarred   = 1000          // steps that are barred one by one
)

// totp is the time-based one-time password of RFC 6238.
type totp struct{}

// totpCred is the private state of a TOTP factor.
//
// Last is a step as it entered the code, not a time of the store: the counter
// of RFC 6238 after any offset. So Offset may change either way and Last still
// says, by itself, which codes are spent. Every acceptance sets it to a greater
// value. Only a resynchronization after a clock that was ahead by mistake lets it
// fall, and only to Sure; what was accepted above that is barred. That is the whole
// of the proof that no step is accepted twice.
type totpCred struct {
	Secret    []byte `json:"secret"`
	Algorithm string `json:"algorithm"`
	Digits    int    `json:"digits"`
	Period    int    `json:"period"`
	Offset    int64  `json:"offset"` // steps by which the owner's clock is ahead; negative: behind
	Last      int64  `json:"last"`   // greatest step ever accepted; noStep before the first
	Sure      int64  `json:"sure"`   // greatest step accepted by a clock that was not doubted
	// Barred are spent steps one by one: accepted by a doubted clock, or far ahead
	// of it, where no sign-in looks.
	Barred []int64 `json:"barred,omitempty"`
}

// Info returns the kind's row.
func (totp) Info() mfa.KindInfo { return mfa.KindOf(mfa.KindTOTP) }

// Enroll begins before every step.
func (totp) Enroll(s Subject) (Cred, mfa.Reveal, error) {
	return enrollOTP(mfa.KindTOTP, s, func(p mfa.OTPParams, secret []byte) totpCred {
		return totpCred{Secret: secret, Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period, Last: noStep, Sure: noStep}
	})
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

// Check accepts the code of the current step and, as the subject's skew says, the one before
// and the one after (RFC 6238 §5.2), each at most once and none at or below the last accepted
// one.
//
// Two steps may by chance share a code. Where one of them is spent the answer
// is a replay, and where none is the greater one is taken, which spends both:
// the same digits are never accepted twice within their window.
func (totp) Check(s Subject, c Cred, _ []byte, answer string) (Cred, error) {
	cred, gen, err := loadTOTP(c, answer)
	if err != nil {
		return nil, err
	}
	first := stepAt(s.Now, cred.Period) + cred.Offset - int64(s.Skew)
	hits := gen.matches(first, 2*s.Skew+1, answer)
	step, err := cred.greatestUnspent(hits, first)
	if err != nil {
		return nil, err
	}
	return encode(cred.spend(step, s.Doubted))
}

// Resync finds two consecutive codes within two hours of the current step and
// keeps how far the owner's clock is off (RFC 6238 §6). The second code is taken
// to be the current one. Both are spent, and neither may have been before, so a
// resynchronization is no way to use a code again.
//
// Where the last accepted step lies beyond those two hours, the clock was ahead by
// mistake and has been put right: the last step falls back to the last sure one,
// and what was accepted meanwhile stays barred.
func (totp) Resync(s Subject, c Cred, first, second string) (Cred, error) {
	cred, gen, err := loadTOTP(c, first, second)
	if err != nil {
		return nil, err
	}
	now, reach := stepAt(s.Now, cred.Period), maxOffset(cred.Period)
	if cred.Last > now+reach {
		cred.Last = cred.Sure
	}
	hits := gen.pairs(now-reach, int(2*reach), first, second)
	step, err := cred.greatestUnspent(hits, now-reach)
	if err == nil && cred.spent(step+1) {
		err = ErrReplay
	}
	if err != nil {
		return nil, err
	}
	cred.Offset = step + 1 - now
	return encode(cred.spend(step+1, s.Doubted))
}

// Probe looks two hours around for an unspent code, the nearest to the current
// step first, tells how far the owner's clock is off, and spends the code. One
// ahead of what sign-in looks at is spent alone: the steps before it are still to
// come.
func (totp) Probe(s Subject, c Cred, answer string) (Found, Cred, error) {
	cred, gen, err := loadTOTP(c, answer)
	if err != nil {
		return Found{}, nil, err
	}
	now, reach := stepAt(s.Now, cred.Period), maxOffset(cred.Period)
	hits := gen.matches(now-reach, int(2*reach)+1, answer)
	step, err := cred.nearestUnspent(hits, now-reach, now+cred.Offset)
	if err != nil {
		return Found{}, nil, err
	}
	off, skew := step-now-cred.Offset, int64(s.Skew)
	found := Found{
		Drift: time.Duration(step-now) * time.Duration(cred.Period) * time.Second, InReach: off >= -skew && off <= skew,
	}
	if off > skew {
		cred = cred.bar(step)
	} else {
		cred = cred.spend(step, s.Doubted)
	}
	next, err := encode(cred)
	return found, next, err
}

// loadTOTP reads a credential and refuses any that Enroll and Check could not
// have written. ErrWrong if one of the answers has not the form of its codes.
func loadTOTP(c Cred, answers ...string) (totpCred, generator, error) {
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
	if cred.Sure == 0 { // written before there was a Sure
		cred.Sure = cred.Last
	}
	if cred.Offset < -reach || cred.Offset > reach || cred.Last < noStep || cred.Last > maxCounter ||
		cred.Sure < noStep || cred.Sure > cred.Last || len(cred.Barred) > maxBarred {
		return totpCred{}, generator{}, unreadable(mfa.KindTOTP, "its steps are out of range")
	}
	return cred, gen, areCodes(answers, cred.Digits)
}

// greatestUnspent judges what matched: nothing is ErrWrong, anything spent is
// ErrReplay, else the greatest matching step is it.
func (c totpCred) greatestUnspent(hits []int, first int64) (int64, error) {
	step := int64(noStep)
	for i, hit := range hits {
		if hit == 0 {
			continue
		}
		step = first + int64(i)
		if c.spent(step) {
			return noStep, ErrReplay
		}
	}
	if step == noStep {
		return noStep, ErrWrong
	}
	return step, nil
}

// nearestUnspent judges what matched far around: the unspent step nearest to the
// middle, ErrReplay where all are spent, ErrWrong where nothing matched.
func (c totpCred) nearestUnspent(hits []int, first, middle int64) (int64, error) {
	best, no := int64(noStep), ErrWrong
	for i, hit := range hits {
		step := first + int64(i)
		switch {
		case hit == 0:
		case c.spent(step):
			no = ErrReplay
		case best == noStep || distance(step, middle) < distance(best, middle):
			best = step
		}
	}
	if best == noStep {
		return noStep, no
	}
	return best, nil
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// spent reports whether a step was accepted, or lies before one that was.
func (c totpCred) spent(step int64) bool { return step <= c.Last || slices.Contains(c.Barred, step) }

// spend accepts a step. One that a doubted clock accepts is barred as well, in
// case Last falls back; what a sure one has passed need not be barred any more.
func (c totpCred) spend(step int64, doubted bool) totpCred {
	c.Last = step
	if doubted {
		return c.bar(step)
	}
	c.Sure = step
	c.Barred = slices.DeleteFunc(slices.Clone(c.Barred), func(b int64) bool { return b <= step })
	return c
}

// bar spends one step and no other. Beyond a thousand nothing falls back any
// more.
func (c totpCred) bar(step int64) totpCred {
	if len(c.Barred) >= maxBarred {
		c.Last = max(c.Last, slices.Max(c.Barred), step)
		c.Sure, c.Barred = c.Last, nil
		return c
	}
	c.Barred = append(slices.Clone(c.Barred), step)
	return c
}

// stepAt returns the time step of RFC 6238 §4.2, rounded down also before 1970.
func stepAt(now time.Time, period int) int64 {
	seconds, length := now.Unix(), int64(period)
	if seconds < 0 {
		seconds -= length - 1
	}
	return seconds / length
}

// maxOffset is the reach of a resynchronization in steps: 240 of 30 seconds.
func maxOffset(period int) int64 { return int64(resyncReach/time.Second) / int64(period) }
