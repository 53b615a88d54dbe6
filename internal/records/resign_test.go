package records_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// renamed is a migration: some values have other words. It changes rows as SQL does, which
// signs nothing.
func renamed(tx mfa.Tx) error {
	u, err1 := tx.User("user")
	u.Role = "new member"
	c, err2 := tx.Community("community")
	c.Policy = map[string]string{"new rule": "1"}
	x, err3 := tx.Session("session")
	x.Level = "new mfa"
	k, err4 := tx.Token("token hash")
	k.Permissions = []mfa.Permission{"new:read"}
	a, err5 := tx.Request("request")
	a.Act = "NewReset"
	all, err6 := tx.Factors("user")
	for _, f := range all {
		f.Label = "new " + f.Label
		err6 = errors.Join(err6, tx.PutFactor(&f))
	}
	return errors.Join(err1, err2, err3, err4, err5, err6, tx.PutUser(&u), tx.PutCommunity(&c), tx.PutSession(&x), tx.PutToken(&k), tx.PutRequest(&a))
}

// before tells how the rows were before they were renamed.
func before() records.Was {
	return records.Was{
		User:      func(u mfa.User) mfa.User { u.Role = mfa.RoleMember; return u },
		Community: func(c mfa.Community) mfa.Community { c.Policy = nil; return c },
		Factor:    func(f mfa.Factor) mfa.Factor { f.Label = strings.TrimPrefix(f.Label, "new "); return f },
		Session:   func(x mfa.Session) mfa.Session { x.Level = mfa.LevelMFA; return x },
		Token:     func(k mfa.Token) mfa.Token { k.Permissions = []mfa.Permission{mfa.UsersRead}; return k },
		Request:   func(a mfa.Request) mfa.Request { a.Act = "Reset"; return a },
	}
}

// resigned runs the migration and signs its rows again, in one transaction.
func (w *world) resigned(damage func(mfa.Tx) error) (out records.Resigned) {
	w.t.Helper()
	w.write(func(tx mfa.Tx) error {
		w.no(renamed(tx))
		if damage != nil {
			w.no(damage(tx))
		}
		var err error
		out, err = records.Resign(tx, w.keys, before())
		return err
	})
	return out
}

func TestRowsThatAMigrationChangedAreSignedAgain(t *testing.T) {
	w := newWorld(t)
	w.write(renamed)
	w.read(func(r *records.Reader) {
		if _, err := r.User("user", false); !errors.Is(err, mfa.Damaged) {
			t.Errorf("the migration damages nothing: %v", err)
		}
	})
	w = newWorld(t)
	if out := w.resigned(nil); out != (records.Resigned{Signed: 7}) {
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
	if out := w.again(); out != (records.Resigned{}) {
		t.Errorf("rows that are signed already: %+v", out)
	}
}

// again signs what a migration changed that has been here before.
func (w *world) again() (out records.Resigned) {
	w.t.Helper()
	w.write(func(tx mfa.Tx) (err error) {
		out, err = records.Resign(tx, w.keys, before())
		return err
	})
	return out
}

// A migration makes no forged row a record.
func TestARowThatDidNotVerifyIsNotSignedAgain(t *testing.T) {
	for sort, damage := range flipped {
		w := newWorld(t)
		if out := w.resigned(damage); out.Damaged != 1 {
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
		if _, err := records.Resign(tx, seal.New(), before()); !errors.Is(err, mfa.Damaged) {
			t.Errorf("%v", err)
		}
		return nil
	})
}
