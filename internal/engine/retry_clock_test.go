package engine_test

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A clock that is set back by less than an hour, as NTP does it, makes no key act twice,
// wherever in the ten minutes of the table of answers that happens.
func TestAClockThatIsSetBackRepeatsNoAct(t *testing.T) {
	for _, back := range []time.Duration{500 * time.Millisecond, 40 * time.Second, 11 * time.Minute, time.Hour} {
		w := newWorld(t)
		bob := w.user("bob@acme.example", mfa.RoleMember)
		bob.enable()
		boundary := w.clock.Now().Truncate(mfa.ReplyTTL).Add(2 * mfa.ReplyTTL)
		w.clock.Set(boundary.Add(-30 * time.Second))
		_, err := w.Reset(w.admin.keyed("a change that moves the mark"), mfa.ResetRequest{User: bob.email, Password: w.admin.password})
		ok(t, err)
		w.clock.Set(boundary.Add(200 * time.Millisecond))
		req := mfa.ResetRequest{User: bob.email, Password: w.admin.password, NewCode: true}
		first, err := w.Reset(w.admin.keyed(key), req)
		ok(t, err)
		w.clock.Advance(-back)
		again, err := w.Reset(w.admin.keyed(key), req)
		ok(t, err)
		if again.RecoveryCode != first.RecoveryCode {
			t.Errorf("%s back: the act was done twice", back)
		}
	}
}

func TestAWrongClockThatIsPutRightRepeatsNoSignIn(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.clock.Advance(3 * time.Hour)
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	w.clock.Advance(time.Minute - 3*time.Hour)
	again, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	if again.Token != first.Token {
		t.Error("the retry opened another session")
	}
}

// After a night without use the clock is doubted for ten minutes and then believed. A retry
// finds its answer on both sides of that moment.
func TestAnAnswerIsFoundAfterTheDoubtOfTheClock(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	w.clock.Advance(15 * time.Hour)
	bob.login("")
	w.clock.Advance(5 * time.Minute)
	first, err := bob.signIn(key, bob.password.Reveal(), "")
	ok(t, err)
	w.clock.Advance(5*time.Minute + 30*time.Second)
	for range 2 { // the first of them is the one that believes the clock
		bob.login("")
		w.clock.Advance(time.Minute)
		again, err := bob.signIn(key, bob.password.Reveal(), "")
		ok(t, err)
		if again.Token != first.Token {
			t.Error("the retry opened another session")
		}
	}
}

// A clock that was wrong for a moment ends no answer.
func TestADoubtedClockSweepsNothingOut(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	for n := range 20 {
		_, err := bob.signIn("a key before the leap, number "+hex.EncodeToString([]byte{byte(n)}), bob.password.Reveal(), "")
		ok(t, err)
	}
	before := len(w.texts("SELECT name, '' FROM replies"))
	w.clock.Advance(3 * time.Hour)
	for range 3 {
		_, err := bob.signIn(fmt.Sprintf("a key after the leap, at %d", w.clock.Now().UnixNano()), bob.password.Reveal(), "")
		ok(t, err)
		w.clock.Advance(time.Second)
	}
	ok(t, w.Sweep(t.Context()))
	if n := len(w.texts("SELECT name, '' FROM replies WHERE at < " + fmt.Sprint(w.clock.Now().Add(-time.Hour).UnixMicro()))); n != before || n < 20 {
		t.Errorf("%d of %d answers are left", n, before)
	}
}
