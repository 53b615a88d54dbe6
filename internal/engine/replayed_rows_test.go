package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A row kept from before a code was spent, and put back, brings nothing back to
// life.
func TestASpentCodeStaysSpentThoughItsRowIsPutBack(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	w.execute("CREATE TABLE kept AS SELECT * FROM factors")
	w.clock.Advance(time.Minute)
	given := bob.code()
	ok(t, bob.verify(given))
	ok(t, bob.verify(bob.codes[0]))
	w.sql("UPDATE factors SET sealed = kept.sealed, mac = kept.mac, last_used_at = kept.last_used_at FROM kept WHERE kept.id = factors.id")
	code(t, bob.verify(given), mfa.Damaged)
	code(t, bob.verify(bob.codes[0]), mfa.Damaged)
}

// The same of a set-password code, whose row stays through a disable.
func TestASpentSetPasswordCodeStaysSpentThoughItsRowIsPutBack(t *testing.T) {
	w := newWorld(t)
	out, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "bob@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	w.execute("CREATE TABLE kept AS SELECT * FROM factors WHERE kind = 'set-password'")
	bob := &person{w: w, email: "bob@acme.example", password: mfa.NewSecret("a password of his own")}
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: bob.password})
	ok(t, err)
	bob.login("")
	bob.enable()
	w.edit(bob.email, ofLongStanding)
	w.sql("INSERT INTO factors SELECT * FROM kept")
	bob.reset()
	theirs := mfa.NewSecret("a password of an attacker")
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: bob.email, Code: out.Code, NewPassword: theirs})
	code(t, err, mfa.Rejected)
}
