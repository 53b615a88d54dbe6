package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A clock that is set back brings nothing back that was over.
func TestAClockSetBackUnexpiresNothing(t *testing.T) {
	w := newWorld(t)
	bob, eve := w.user("bob@acme.example", mfa.RoleMember), w.user("eve@acme.example", mfa.RoleMember)
	bob.enable()
	recovery := bob.reset().RecoveryCode
	key := mfa.NewSecret("a key of one hundred and twenty-eight bits")
	req := mfa.CreateUserRequest{Email: "new@acme.example"}
	_, err := w.CreateUser(mfa.WithCall(t.Context(), mfa.Call{Token: w.admin.token, Key: key}), req)
	ok(t, err)
	begun := w.clock.Now()
	for _, ahead := range []time.Duration{50 * time.Minute, 100 * time.Minute, 24 * time.Hour, 24*time.Hour + 11*time.Minute} {
		w.clock.Set(begun.Add(ahead))
		w.admin.refresh() // the store sees this time
	}
	w.clock.Set(begun.Add(time.Minute))
	_, err = bob.try(recovery)
	code(t, err, mfa.Expired)
	_, err = w.WhoAmI(eve.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	again, err := w.CreateUser(mfa.WithCall(t.Context(), mfa.Call{Token: w.admin.token, Key: key}), req)
	ok(t, err)
	if again.Changed || !again.Code.IsZero() {
		t.Error("an answer that was out of time was had again")
	}
	ev := w.recorded(mfa.ActAuthOK, mfa.OutcomeOK)
	if ev.At.Before(begun.Add(24 * time.Hour)) {
		t.Errorf("an event is dated %v", ev.At)
	}
}

// Whoever writes the database moves no time by it: a later mark would end every
// lock.
func TestAMarkThatWasWrittenIsDamage(t *testing.T) {
	w := newWorld(t)
	w.execute(`UPDATE meta SET value = replace(value, '2026', '2036') WHERE name = 'high_water'`)
	_, err := w.WhoAmI(w.admin.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Damaged)
}
