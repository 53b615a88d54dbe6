package records_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// A refusal counts, and changes nothing else of an account, whatever else the caller made of
// the record.
func TestARefusalWritesTheCountersOfAUserAlone(t *testing.T) {
	w := newWorld(t)
	w.no(w.of.Refuse(t.Context(), func(facts *records.RefusalWriter) error {
		u, err := facts.User("user", true)
		w.no(err)
		u.Role, u.State, u.Factors = mfa.RoleOperator, mfa.StateOff, nil
		u.OTP.Consecutive = 1
		return facts.PutAttempts(&u)
	}))
	w.read(func(r *records.Reader) {
		u, err := r.User("user", false)
		if err != nil || u.OTP.Consecutive != 1 || u.Role != mfa.RoleMember || u.State != mfa.StateOn || len(u.Factors) != 1 {
			t.Errorf("%+v %v", u, err)
		}
	})
}

// A row that was not held may have been changed by another program meanwhile.
func TestTheCountersOfAUserWhoIsNotHeldAreNotWritten(t *testing.T) {
	w := newWorld(t)
	err := w.of.Refuse(t.Context(), func(facts *records.RefusalWriter) error {
		u, err := facts.User("user", false)
		w.no(err)
		return facts.PutAttempts(&u)
	})
	if !errors.Is(err, mfa.Internal) {
		t.Errorf("%v", err)
	}
}

// A record of a user that is older than the row does not replace it.
func TestOldCountersOfAUserAreAConflict(t *testing.T) {
	w := newWorld(t)
	err := w.of.Refuse(t.Context(), func(facts *records.RefusalWriter) error {
		first, err := facts.User("user", true)
		w.no(err)
		second := first
		first.OTP.Consecutive, second.OTP.Consecutive = 5, 1
		w.no(facts.PutAttempts(&first))
		return facts.PutAttempts(&second)
	})
	if !errors.Is(err, mfa.Conflict) {
		t.Errorf("%v", err)
	}
}

func TestARefusalWritesTheTriesOfAPendingFactorAlone(t *testing.T) {
	w := newWorld(t)
	w.no(w.of.Refuse(t.Context(), func(facts *records.RefusalWriter) error {
		if err := facts.PutTries(1); !errors.Is(err, mfa.Internal) {
			t.Errorf("tries of no factor: %v", err)
		}
		if err := facts.DropPending(); !errors.Is(err, mfa.Internal) {
			t.Errorf("no factor was dropped: %v", err)
		}
		f, err := facts.PendingFactor(w.user, "session")
		w.no(err)
		f.Status, f.Sealed = mfa.FactorActive, nil
		return facts.PutTries(2)
	}))
	w.read(func(r *records.Reader) {
		f, err := r.PendingFactor(w.user, "session")
		if err != nil || f.Tries != 2 || f.Status != mfa.FactorPending || len(f.Sealed) != 1 {
			t.Errorf("%+v %v", f, err)
		}
	})
}

// What was seen last is written into a row that verifies, and into no other.
func TestASessionOrTokenThatWasChangedIsNotSignedAgain(t *testing.T) {
	later := today.Add(time.Minute)
	for name, touch := range map[string]func(*records.RefusalWriter) error{
		"session": func(facts *records.RefusalWriter) error { return facts.TouchSession("session", later) },
		"token":   func(facts *records.RefusalWriter) error { return facts.TouchToken("token hash", later) },
	} {
		w := newWorld(t)
		w.no(w.of.Refuse(t.Context(), touch))
		w.write(changed[name])
		if err := w.of.Refuse(t.Context(), touch); !errors.Is(err, mfa.Damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A writer knows whether an act has changed anything; what a refusal leaves behind is no
// change.
func TestAWriterTellsAChangeFromWhatARefusalLeaves(t *testing.T) {
	w := newWorld(t)
	w.no(w.of.Update(t.Context(), func(x *records.Writer) error {
		u, err := x.User("user", true)
		w.no(err)
		w.no(x.PutAttempts(&u))
		w.no(x.TouchSession("session", today.Add(time.Minute)))
		w.no(x.PutUnknownUser(7, mfa.Attempts{Consecutive: 1}))
		if x.Changed() {
			t.Error("a count is a change")
		}
		w.no(x.PutUser(&u))
		if !x.Changed() {
			t.Error("a user was written, and nothing has changed")
		}
		return nil
	}))
}

// Everything that was written verifies again, and what is removed is gone, also where it did
// not verify.
func TestTokensThatDoNotVerifyAreRemovedWithTheOthers(t *testing.T) {
	w := newWorld(t)
	w.write(changed["token"])
	w.no(w.of.Update(t.Context(), func(x *records.Writer) error { return x.DeleteTokens("user") }))
	w.read(func(r *records.Reader) {
		if rows, err := r.TokenRows("user"); err != nil || rows.Len() != 0 {
			t.Errorf("%+v %v", rows, err)
		}
	})
}
