package engine_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func (w *world) health() mfa.Health {
	w.t.Helper()
	out, err := w.Health(w.t.Context())
	if err != nil {
		w.t.Fatal(err, mfa.AsError(err).Cause)
	}
	return out
}

func TestWhoCouldHelpOthersIsCounted(t *testing.T) {
	w := newWorld(t)
	if h := w.health(); h.Operators != 1 || h.Resetters != 1 {
		t.Errorf("one operator: %+v", h)
	}
	bob := w.user("bob@acme.example", mfa.RoleAdmin)
	if h := w.health(); h.Operators != 1 || h.Resetters != 1 {
		t.Errorf("an administrator without 2FA counts: %+v", h)
	}
	bob.enable()
	if h := w.health(); h.Operators != 1 || h.Resetters != 2 {
		t.Errorf("and with 2FA: %+v", h)
	}
	w.edit(bob.email, func(u *mfa.User) { u.Status = mfa.UserLocked })
	w.edit(w.admin.email, func(u *mfa.User) { u.State = mfa.StateRecovering })
	if h := w.health(); h.Operators != 0 || h.Resetters != 0 {
		t.Errorf("neither can do anything now: %+v", h)
	}
	w.edit(w.admin.email, func(u *mfa.User) { u.State = mfa.StateOn })
	w.sql(`UPDATE users SET email = 'evil@acme.example' WHERE email = 'admin@acme.example'`)
	if h := w.health(); h.Operators != 0 {
		t.Errorf("a damaged account counts: %+v", h)
	}
}

func TestNoticesThatWaitForADayAreCounted(t *testing.T) {
	w := newWorld(t) // which queues one, 30 seconds before it hands the clock over
	queued := w.clock.Now().Add(-30 * time.Second)
	w.clock.Advance(24*time.Hour - 31*time.Second)
	if h := w.health(); h.Undelivered != 0 || !h.WaitingSince.IsZero() {
		t.Errorf("a second before: %+v", h)
	}
	w.clock.Advance(time.Second)
	if h := w.health(); h.Undelivered != 1 || !h.WaitingSince.Equal(queued) {
		t.Errorf("after a day: %+v", h)
	}
	w.sql(`UPDATE notices SET sent_at = 1`)
	if h := w.health(); h.Undelivered != 0 {
		t.Errorf("once it was sent: %+v", h)
	}
}

func TestWhoIsLockedOutForGoodIsNamed(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	w.edit("bob@acme.example", func(u *mfa.User) { u.OTP.Consecutive, u.Password.Consecutive = 99, 100 })
	if got, want := w.health().Exhausted, []mfa.Exhausted{{User: "bob@acme.example", What: mfa.ExhaustedPassword}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	w.edit("bob@acme.example", func(u *mfa.User) { u.OTP.Consecutive, u.Password.Consecutive = 100, 0 })
	if got, want := w.health().Exhausted, []mfa.Exhausted{{User: "bob@acme.example", What: mfa.ExhaustedCodes}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestAClockThatIsBehindIsTold(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	if h := w.health(); h.HighWater.IsZero() || h.Clock.Before(h.HighWater) {
		t.Errorf("as it goes: %+v", h)
	}
	w.clock.Advance(-time.Hour)
	if h := w.health(); !h.Clock.Before(h.HighWater.Add(-50 * time.Minute)) {
		t.Errorf("set back: %+v", h)
	}
}

// Where nobody could approve a request, the store says from when somebody can.
func TestWhereNobodyCanApproveARequestIsFound(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(8 * 24 * time.Hour) // the early days are over
	w.admin.refresh()
	w.community("Branch", w.admin.community())
	if got := w.health().Unpaired; len(got) != 2 || got[0].Community != "Acme" || !got[0].From.IsZero() || !got[1].From.IsZero() {
		t.Errorf("a team of one: %+v", got)
	}
	dana := w.freshUser("dana@acme.example", mfa.RoleAdmin)
	dana.enable()
	made := w.clock.Now()
	got := w.health().Unpaired
	if len(got) != 2 || got[0].From.IsZero() || got[0].From.After(made.Add(7*24*time.Hour)) {
		t.Fatalf("an administrator whom the other created: %+v", got)
	}
	w.clock.Advance(got[0].From.Sub(w.clock.Now()) - time.Second)
	if again := w.health().Unpaired; len(again) != 2 {
		t.Errorf("a second before: %+v", again)
	}
	w.clock.Advance(time.Second)
	if again := w.health().Unpaired; len(again) != 0 {
		t.Errorf("and then: %+v", again)
	}
}
