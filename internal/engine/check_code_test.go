package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ask has the help desk check what bob reads off a phone whose clock is off.
func (p *person) ask(desk *person, off time.Duration) (mfa.CodeChecked, error) {
	code := mfa.NewSecret(p.phone.Code(p.w.clock.Now().Add(off)))
	return p.w.CheckCode(desk.ctx(), mfa.CheckCodeRequest{User: p.email, Code: code})
}

func desk(w *world) (bob, helper *person) {
	bob, helper = w.user("bob@acme.example", mfa.RoleMember), w.user("desk@acme.example", mfa.RoleHelpdesk)
	bob.enable()
	helper.enable()
	w.clock.Advance(time.Minute)
	return bob, helper
}

func TestACheckedCodeTellsHowFarThePhoneIsOff(t *testing.T) {
	for off, want := range map[time.Duration]mfa.CodeChecked{
		0: {InReach: true}, -30 * time.Second: {Drift: -30, InReach: true}, -270 * time.Second: {Drift: -270},
		10 * time.Minute: {Drift: 600}, -2 * time.Hour: {Drift: -7200}, 2 * time.Hour: {Drift: 7200},
	} {
		w := newWorld(t)
		bob, helper := desk(w)
		w.clock.Advance(3 * time.Hour)
		helper.refresh()
		w.admin.refresh()
		out, err := bob.ask(helper, off)
		ok(t, err)
		if out.Drift != want.Drift || out.InReach != want.InReach || out.Method != mfa.KindTOTP || out.Label != "phone" {
			t.Errorf("%v: %+v", off, out)
		}
		_, err = bob.ask(helper, off) // spent
		code(t, err, mfa.Rejected)
		if off == 0 {
			code(t, bob.verify(bob.code()), mfa.Rejected) // everywhere
		} else {
			ok(t, bob.verify(bob.code())) // and no other step with it
		}
		w.recorded(mfa.ActOTPCheck, mfa.OutcomeOK)
	}
}

// A code ahead of time that was read out stays spent when its time has come.
func TestACodeReadOutAheadOfTimeIsSpentWhenItsTimeComes(t *testing.T) {
	w := newWorld(t)
	bob, helper := desk(w)
	given := mfa.NewSecret(bob.phone.Code(w.clock.Now().Add(10 * time.Minute)))
	_, err := w.CheckCode(helper.ctx(), mfa.CheckCodeRequest{User: bob.email, Code: given})
	ok(t, err)
	w.clock.Advance(9 * time.Minute)
	ok(t, bob.verify(bob.code()))
	w.clock.Advance(time.Minute)
	code(t, bob.verify(given), mfa.Rejected)
	w.clock.Advance(time.Minute)
	ok(t, bob.verify(bob.code()))
}

// It pays as sign-in does: wrong ones count and lock, and a right one far off
// clears nothing.
func TestACheckedCodeIsAnAttempt(t *testing.T) {
	w := newWorld(t)
	bob, helper := desk(w)
	wrong := func() error {
		_, err := w.CheckCode(helper.ctx(), mfa.CheckCodeRequest{User: bob.email, Code: bob.wrong()})
		return err
	}
	for range 4 {
		code(t, wrong(), mfa.Rejected)
	}
	_, err := bob.ask(helper, time.Hour)
	ok(t, err)
	code(t, wrong(), mfa.Rejected) // the fifth
	_, err = bob.ask(helper, 0)
	code(t, err, mfa.Locked)
	_, err = bob.try(bob.code())
	code(t, err, mfa.Locked)
	ok(t, bob.verify(bob.code())) // which counts apart
}

func TestNoCodeIsCheckedOfWhomItCannotHelp(t *testing.T) {
	w := newWorld(t)
	bob, helper := desk(w)
	eve := w.user("eve@acme.example", mfa.RoleMember)
	for name, c := range map[string]struct {
		who  *person
		user string
		code string
		want mfa.Code
	}{
		"2FA is off":       {helper, eve.email, "000000", mfa.Conflict},
		"themselves":       {helper, helper.email, "000000", mfa.Forbidden},
		"no permission":    {bob, helper.email, "000000", mfa.Forbidden},
		"an administrator": {helper, w.admin.email, "000000", mfa.Forbidden},
		"a backup code":    {helper, bob.email, bob.codes[0].Reveal(), mfa.Usage},
		"nobody":           {helper, "nobody@acme.example", "000000", mfa.NotFound},
	} {
		_, err := w.CheckCode(c.who.ctx(), mfa.CheckCodeRequest{User: c.user, Code: mfa.NewSecret(c.code)})
		if codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, bob.verify(bob.codes[0])) // it was not spent
}

func TestACounterAheadIsToldInPresses(t *testing.T) {
	w := newWorld(t)
	bob, helper := desk(w)
	e, err := w.Enroll(bob.ctx(), mfa.EnrollRequest{Kind: mfa.KindHOTP, Label: "token", Password: bob.password, Further: true})
	ok(t, err)
	bob.scan(e)
	counter := func(presses int) mfa.Secret { return mfa.NewSecret(bob.phone.At(int64(presses) + 1)) }
	_, err = w.Activate(bob.ctx(), mfa.ActivateRequest{Code: counter(-1)})
	ok(t, err)
	for presses, inReach := range map[int]bool{0: true, 7: true, 40: false} {
		f := w.fork(t)
		b, h := bob.in(f), helper.in(f)
		out, err := f.CheckCode(h.ctx(), mfa.CheckCodeRequest{User: b.email, Code: counter(presses)})
		ok(t, err)
		if out.Presses != presses || out.InReach != inReach || out.Method != mfa.KindHOTP {
			t.Errorf("%d presses: %+v", presses, out)
		}
		code(t, b.verify(counter(presses)), mfa.Rejected)
	}
}
