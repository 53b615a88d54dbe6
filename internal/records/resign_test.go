package records_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// renaming is a migration: some values have other words.
func renaming() records.Changes {
	return records.Changes{
		User:      func(u mfa.User) mfa.User { u.Role = "new member"; return u },
		Community: func(c mfa.Community) mfa.Community { c.Policy = map[string]string{"new rule": "1"}; return c },
		Factor:    func(f mfa.Factor) mfa.Factor { f.Label = "new " + strings.TrimPrefix(f.Label, "new "); return f },
		Session:   func(x mfa.Session) mfa.Session { x.Level = "new mfa"; return x },
		Token:     func(k mfa.Token) mfa.Token { k.Permissions = []mfa.Permission{"new:read"}; return k },
		Request:   func(a mfa.Request) mfa.Request { a.Act = "NewReset"; return a },
	}
}

// resigned runs the migration, in one transaction with what damages the store before.
func (w *world) resigned(damage func(mfa.Tx) error, changes records.Changes, progress func(int64)) (out records.Resigned) {
	w.t.Helper()
	w.write(func(tx mfa.Tx) error {
		if damage != nil {
			w.no(damage(tx))
		}
		var err error
		out, err = records.Resign(tx, w.keys, changes, progress)
		return err
	})
	return out
}

func TestRowsThatAMigrationChangesAreSignedAgain(t *testing.T) {
	w := newWorld(t)
	if out := w.resigned(nil, renaming(), nil); out != (records.Resigned{Signed: 7}) {
		t.Errorf("%+v", out)
	}
	w.read(func(r *records.Reader) {
		u, err := r.User("user", false)
		w.no(err)
		w.user = u
		if u.Role != "new member" {
			t.Errorf("%+v", u)
		}
		for name, of := range readings() {
			if of.sort == "event" {
				continue // the sound one is another
			}
			if err := of.read(w, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		factors, err := r.Factors(u)
		if err != nil || len(factors) != 1 || factors[0].Label != "new phone" {
			t.Errorf("%+v %v", factors, err)
		}
	})
	if out := w.resigned(nil, renaming(), nil); out != (records.Resigned{}) {
		t.Errorf("rows that are so already: %+v", out)
	}
}

// A migration of many users looks only at the rows that it may change.
func TestOnlyTheSortsThatAMigrationChangesAreLookedAt(t *testing.T) {
	w := newWorld(t)
	last := int64(0)
	changes := records.Changes{Community: renaming().Community, Token: renaming().Token}
	out := w.resigned(flipped["user"], changes, func(done int64) { last = done })
	if out != (records.Resigned{Signed: 2}) || last != 2 {
		t.Errorf("%+v, %d rows looked at", out, last)
	}
}

// A migration makes no forged row a record.
func TestARowThatDidNotVerifyIsNotSignedAgain(t *testing.T) {
	for sort, damage := range flipped {
		w := newWorld(t)
		if out := w.resigned(damage, renaming(), nil); out.Damaged != 1 {
			t.Errorf("%s: %+v", sort, out)
		}
		w.read(func(r *records.Reader) {
			for name, of := range readings() {
				if of.sort == sort && name != "Waiting" && !damaged(of.read(w, r)) {
					t.Errorf("%s returns a damaged %s", name, sort)
				}
			}
		})
	}
}

// damaged reports whether a reading found that a row does not verify.
func damaged(err error) bool {
	_, is := records.InDamage(err)
	return is || errors.Is(err, mfa.Damaged)
}

func TestAForeignKeySignsNothingAgain(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx mfa.Tx) error {
		if _, err := records.Resign(tx, seal.New(), renaming(), nil); !errors.Is(err, mfa.Damaged) {
			t.Errorf("%v", err)
		}
		return nil
	})
}
