package act

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/authapp"
	"github.com/mfactl/mfactl/internal/factor"
	"github.com/mfactl/mfactl/internal/mfa"
)

// history is a life of one factor under a clock that jumps.
type history struct {
	t        *testing.T
	rand     *rand.Rand
	real     time.Time // the time of the world, which the phone shows
	wrong    time.Duration
	mark     mark
	cred     factor.Cred
	phone    *authapp.App
	accepted map[string]time.Time // codes with their step, as the phone showed them
	over     time.Time            // something ended here, and was seen to have
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := &history{
		t: t, rand: rand.New(rand.NewPCG(seed, 1)), real: time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC), accepted: map[string]time.Time{},
	}
	kind, _ := factor.NewSet(factor.All()).ByName(mfa.KindTOTP)
	cred, reveal, err := kind.Enroll(factor.Subject{Account: "bob@acme.example", Issuer: "Acme", Rand: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})})
	if err != nil {
		t.Fatal(err)
	}
	if h.phone, err = authapp.Scan(reveal.OtpauthURI.Reveal()); err != nil {
		t.Fatal(err)
	}
	h.cred = cred
	h.over = h.real.Add(3 * time.Hour)
	return h
}

func (h *history) clock() time.Time { return h.real.Add(h.wrong) }

// subject is what the engine gives the kind, and it notes whether something that
// was seen to be over has come to life again.
func (h *history) subject() factor.Subject {
	now, doubted := h.mark.see(h.clock())
	h.mark = h.mark.follow(h.clock())
	if now.Before(h.mark.At) {
		h.t.Errorf("the time %v is before the mark %v", now, h.mark.At)
	}
	return factor.Subject{Now: h.clock(), Doubted: doubted, Skew: 1}
}

// give gives the code of a moment of the phone; at most once in a life it may be
// accepted.
func (h *history) give(at time.Time) bool {
	kind, _ := factor.NewSet(factor.All()).ByName(mfa.KindTOTP)
	next, err := kind.Check(h.subject(), h.cred, nil, h.phone.Code(at))
	if err != nil {
		return false
	}
	h.accept(at)
	h.cred = next
	return true
}

func (h *history) accept(at time.Time) {
	step := at.Truncate(30 * time.Second).String()
	if old, twice := h.accepted[step]; twice {
		h.t.Errorf("the step of %v was accepted at %v and again", at, old)
	}
	h.accepted[step] = h.real
}

// resync gives two codes in a row, the second of which is the phone's current
// one.
func (h *history) resync() bool {
	kind, _ := factor.NewSet(factor.All()).ByName(mfa.KindTOTP)
	r, _ := kind.(factor.Resyncer)
	first := h.real.Add(-30 * time.Second)
	next, err := r.Resync(h.subject(), h.cred, h.phone.Code(first), h.phone.Code(h.real))
	if err != nil {
		return false
	}
	h.accept(first)
	h.accept(h.real)
	h.cred = next
	return true
}

// step does one thing that may happen.
func (h *history) step() {
	switch h.rand.IntN(8) {
	case 0:
		h.wrong = time.Duration(h.rand.IntN(200)-100) * time.Hour / 2 // the clock jumps
	case 1, 2:
		h.wrong = 0 // it is put right
	case 3:
		h.give(h.clock()) // a code of the store's time, which somebody with the secret has
	case 4:
		h.give(h.real.Add(-time.Duration(h.rand.IntN(10)) * 30 * time.Second)) // an older one
	case 5:
		h.resync()
	default:
		h.give(h.real)
	}
	h.real = h.real.Add(time.Duration(h.rand.IntN(300)) * time.Second)
}

// histories is how many lives under a jumping clock are tried: -histories 10000
// for the long form.
var histories = flag.Int("histories", 300, "lives under a jumping clock")

// No step is accepted twice, and no time before the mark is ever served.
func TestNoHistoryOfAJumpingClockAcceptsAStepTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: the short form is for races")
	}
	for seed := range *histories {
		h := newHistory(t, uint64(seed))
		for range 30 {
			h.step()
		}
		if t.Failed() {
			t.Fatalf("in history %d", seed)
		}
	}
}

// A clock that was ahead for a moment locks nobody out: after it was put right,
// two codes in a row bring the phone back, and the codes of that moment stay
// spent.
func TestAfterAClockWasAheadForAMomentAResyncHelps(t *testing.T) {
	for _, ahead := range []time.Duration{3 * time.Hour, 5 * 24 * time.Hour, 400 * 24 * time.Hour} {
		h := newHistory(t, 7)
		if !h.give(h.real) {
			t.Fatal("the first code is refused")
		}
		h.real = h.real.Add(10 * time.Minute)
		h.wrong = ahead
		future := h.clock()
		if !h.give(future) { // whoever holds the phone cannot, but its secret can be elsewhere
			t.Fatal("the code of the wrong time is refused")
		}
		h.real = h.real.Add(2 * time.Minute)
		h.wrong = 0
		if h.give(h.real) {
			t.Errorf("%v: a code below the last one was accepted", ahead)
		}
		h.real = h.real.Add(time.Minute)
		if !h.resync() {
			t.Fatalf("%v: a resync does not help", ahead)
		}
		h.real = h.real.Add(time.Minute)
		if !h.give(h.real) {
			t.Errorf("%v: the code after a resync is refused", ahead)
		}
		h.real = future
		if h.give(future) {
			t.Errorf("%v: the code of the wrong time is accepted again when its time has come", ahead)
		}
	}
}

func TestTheMarkFollowsTheClockAndNoLeapAtOnce(t *testing.T) {
	at := func(minutes int) time.Time {
		return time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC).Add(time.Duration(minutes) * time.Minute)
	}
	m := mark{}.follow(at(0))
	for _, c := range []struct {
		name    string
		clock   time.Time
		mark    time.Time
		now     time.Time
		doubted bool
	}{
		{"at once", at(0), at(0), at(0), false},
		{"half a minute on it is not written", at(0).Add(30 * time.Second), at(0), at(0).Add(30 * time.Second), false},
		{"half an hour on", at(30), at(30), at(30), false},
		{"back", at(10), at(30), at(30), false},
		{"a day ahead", at(1440), at(30), at(1440), true},
		{"still there five minutes on", at(1445), at(30), at(1445), true},
		{"put right", at(40), at(40), at(40), false},
		{"a day ahead again", at(1440), at(40), at(1440), true},
		{"still there ten minutes on", at(1450), at(1450), at(1450), false},
		{"back for good", at(50), at(1450), at(1450), false},
	} {
		now, doubted := m.see(c.clock)
		m = m.follow(c.clock)
		if !now.Equal(c.now) || doubted != c.doubted || !m.At.Equal(c.mark) {
			t.Errorf("%s: now %v, doubted %v, mark %v", c.name, now, doubted, m.At)
		}
	}
}
