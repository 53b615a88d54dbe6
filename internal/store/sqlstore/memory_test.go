package sqlstore_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// errOnPurpose has a transaction undone.
var errOnPurpose = errors.New("on purpose")

// randomWrites changes a store at random, by few keys, so that they meet.
type randomWrites struct {
	*rand.Rand

	count int
}

func (d *randomWrites) id(prefix string) string { return fmt.Sprint(prefix, d.IntN(4)) }

func (d *randomWrites) bytes() []byte { return fmt.Append(nil, "bytes ", d.IntN(1000)) }

func (d *randomWrites) at() time.Time { return time.UnixMicro(1 + d.Int64N(100)).UTC() }

// one does one thing to one record; what cannot be done is left.
func (d *randomWrites) one(tx mfa.Tx) error {
	d.count++
	id := d.id("u")
	switch d.IntN(11) {
	case 0:
		return tx.SetMeta(d.id("m"), fmt.Sprint(d.count))
	case 1:
		c, _ := tx.Community(d.id("c")) // none is a new one
		c.ID, c.Name, c.MAC = cmp.Or(c.ID, d.id("c")), fmt.Sprint("name ", d.count), d.bytes()
		return tx.PutCommunity(&c)
	case 2, 3:
		u, _ := tx.LockUser(id)
		if u.ID == "" || d.IntN(3) == 0 { // another address is the second way to change a user
			u.Email = d.id("somebody") + "@acme.example"
		}
		u.ID, u.CommunityID, u.Service, u.MAC = id, "c", d.IntN(2) == 0, d.bytes()
		u.OTP.Wrong, u.ControlMarks = []time.Time{d.at()}, []mfa.ControlMark{{By: d.id("u"), At: d.at()}}
		return tx.PutUser(&u)
	case 4:
		return tx.DeleteUser(id)
	case 5, 6:
		all, _ := tx.Factors(id)
		f := mfa.Factor{ID: d.id(id + "f"), UserID: id, Kind: mfa.KindTOTP, Label: fmt.Sprint(d.count)}
		if len(all) > 0 && d.IntN(4) > 0 {
			f = all[d.IntN(len(all))]
		}
		if d.IntN(4) == 0 { // the second way to change a factor, which moves it
			f.CreatedAt, f.UserID = d.at(), d.id("u")
		}
		f.Tries, f.Sealed, f.MAC = d.IntN(5), d.bytes(), d.bytes()
		return tx.PutFactor(&f)
	case 7:
		return tx.DeleteFactor(d.id(id + "f"))
	case 8:
		x, _ := tx.Session(d.id("s"))
		x.Hash, x.UserID, x.ExpiresAt, x.MAC = cmp.Or(x.Hash, d.id("s")), id, d.at(), d.bytes()
		return tx.PutSession(&x)
	case 9:
		k, _ := tx.Token(d.id("t"))
		k.Hash, k.UserID, k.ExpiresAt, k.MAC = cmp.Or(k.Hash, d.id("t")), id, d.at(), d.bytes()
		k.ID, k.Name, k.Permissions = "id of "+k.Hash, k.Hash, []mfa.Permission{mfa.UsersRead}
		return tx.PutToken(&k)
	default:
		switch d.IntN(3) {
		case 0:
			return tx.DeleteSession(d.id("s"))
		case 1:
			return tx.DeleteToken(d.id("t"))
		}
		return tx.Sweep(d.at())
	}
}

// some does a few things in one transaction, which now and then is undone.
func (d *randomWrites) some(tx mfa.Tx) error {
	for range 1 + d.IntN(4) {
		if err := d.one(tx); err != nil && !errors.Is(err, mfa.NotFound) && !errors.Is(err, mfa.Conflict) {
			return err
		}
	}
	if seq, err := tx.NextSeq(); err != nil || tx.AppendEvent(mfa.Event{Seq: seq}) != nil {
		return fmt.Errorf("event %d: %w", seq, err)
	}
	if d.IntN(3) == 0 {
		return errOnPurpose
	}
	return nil
}

// answers is all that a reader says of the keys of deeds.
func answers(r mfa.Reader) map[string]any {
	out := map[string]any{}
	note := func(name string, v any, err error) { out[name] = []any{mfatest.Unproved(v), mfa.AsError(err)} }
	for i := range 4 {
		u, err := r.User(fmt.Sprint("u", i))
		note(fmt.Sprint("user ", i), u, err)
		id, err := r.UserID(fmt.Sprintf("somebody%d@acme.example", i))
		note(fmt.Sprint("address ", i), id, err)
		fs, err := r.Factors(fmt.Sprint("u", i))
		note(fmt.Sprint("factors ", i), fs, err)
		x, err := r.Session(fmt.Sprint("s", i))
		note(fmt.Sprint("session ", i), x, err)
		k, err := r.Token(fmt.Sprint("t", i))
		note(fmt.Sprint("token ", i), k, err)
		c, err := r.Community(fmt.Sprint("c", i))
		note(fmt.Sprint("community ", i), c, err)
		m, err := r.Meta(fmt.Sprint("m", i))
		note(fmt.Sprint("meta ", i), m, err)
	}
	return out
}

// Whatever is done, undone, done in a group or by another connection: what the connection
// that writes remembers is what the database holds.
func TestWhatIsRememberedIsWhatTheDatabaseHolds(t *testing.T) {
	for seed := range uint64(8) {
		s, path := create(t, sqlstore.Options{})
		other, err := open(t, path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = other.Close() })
		d := &randomWrites{Rand: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // the same each time
		put := func(tx mfa.Tx) error { return tx.PutCommunity(&mfa.Community{ID: "c", Name: "of all"}) }
		if err := s.Update(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		for step := range 60 {
			var err error
			switch d.IntN(3) {
			case 0:
				err = s.Update(t.Context(), d.some)
			case 1:
				err = other.Update(t.Context(), d.some)
			default:
				_, err = sqlstore.Passed(t, s, func() error { return s.Update(t.Context(), d.some) })
			}
			if err != nil && !errors.Is(err, errOnPurpose) {
				t.Fatal(seed, step, err)
			}
			agree(t, s, fmt.Sprint("seed ", seed, ", step ", step))
		}
	}
}

// agree checks that a transaction that writes and one that reads say the same.
func agree(t *testing.T, s *sqlstore.Store, when string) {
	t.Helper()
	var known, there map[string]any
	err := errors.Join(
		s.Update(t.Context(), func(tx mfa.Tx) error { known = answers(tx); return nil }),
		s.View(t.Context(), func(r mfa.Reader) error { there = answers(r); return nil }))
	if err != nil {
		t.Fatal(when, err)
	}
	for name, want := range there {
		if !reflect.DeepEqual(known[name], want) {
			t.Fatalf("%s: %s is\n%+v, remembered as\n%+v", when, name, want, known[name])
		}
	}
}

// What was read is not read again, and no caller can change it.
func TestWhatIsKnownIsNotAskedForAgain(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	user := mfa.User{ID: "u", CommunityID: "c", Email: "u@x", MAC: []byte("mac"), Factors: []mfa.FactorMark{{ID: "f"}}}
	update := func(f func(tx mfa.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx mfa.Tx) error {
		return errors.Join(tx.PutCommunity(&mfa.Community{ID: "c", Name: "c"}), tx.PutUser(&user))
	})
	user.MAC[0] = 'x'
	if err := s.Update(t.Context(), func(mfa.Tx) error { return errOnPurpose }); !errors.Is(err, errOnPurpose) { // all is forgotten
		t.Fatal(err)
	}
	user = mfa.User{ID: "v", CommunityID: "c", Email: "v@x", MAC: []byte("mac"), Factors: []mfa.FactorMark{{ID: "f"}}}
	update(func(tx mfa.Tx) error {
		_, err := tx.Community("c")
		return errors.Join(err, tx.PutUser(&user), tx.AppendEvent(mfa.Event{Seq: 1}))
	})
	user.MAC[0] = 'x'
	update(func(tx mfa.Tx) error { // past the memory, on the very connection
		return errors.Join(sqlstore.Run(tx, "UPDATE users SET status = 'changed'"), sqlstore.Run(tx, "UPDATE communities SET name = 'changed'"), sqlstore.Run(tx, "DELETE FROM events"))
	})
	update(func(tx mfa.Tx) error {
		c, err := tx.Community("c")
		seq, unknown := tx.NextSeq()
		if c.Name != "c" || seq != 2 {
			t.Errorf("%+v, event %d", c, seq)
		}
		return errors.Join(err, unknown)
	})
	for range 2 {
		update(func(tx mfa.Tx) error {
			u, err := tx.User("v")
			if u.Status != "" || string(u.MAC) != "mac" || len(u.Factors) != 1 || u.Factors[0].ID != "f" {
				t.Errorf("%+v", u)
			}
			u.MAC[0], u.Factors[0].ID = 'x', "x"
			return err
		})
	}
}

// What was verified need not be verified again as long as it is the very row that is
// remembered: not one that was written since, or read again.
func TestAProofLastsAsLongAsTheRowIsRemembered(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	update := func(f func(tx mfa.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	user := mfa.User{ID: "u", CommunityID: "c", Email: "u@x"}
	update(func(tx mfa.Tx) error {
		return errors.Join(tx.PutCommunity(&mfa.Community{ID: "c", Name: "c"}), tx.PutUser(&user))
	})
	holds := func(when string, want bool) {
		t.Helper()
		update(func(tx mfa.Tx) error {
			u, err := tx.User("u")
			if u.Proof.Holds() != want {
				t.Errorf("%s: the proof holds: %v", when, !want)
			}
			u.Proof.Give()
			return err
		})
	}
	holds("written and not signed", false)
	holds("verified", true)
	update(func(tx mfa.Tx) error {
		u, err := tx.User("u")
		return errors.Join(err, tx.PutUser(&u))
	})
	holds("written again", false)
	if err := s.Update(t.Context(), func(mfa.Tx) error { return errOnPurpose }); !errors.Is(err, errOnPurpose) {
		t.Fatal(err)
	}
	holds("after something was undone", false)
	other, err := open(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := other.Update(t.Context(), func(tx mfa.Tx) error { return tx.SetMeta("a", "b") }); err != nil {
		t.Fatal(err)
	}
	holds("after another connection has written", false)
	holds("verified once more", true)
	err = s.View(t.Context(), func(r mfa.Reader) error {
		u, err := r.User("u")
		if u.Proof.Holds() {
			t.Error("a view has read the row again, and it is taken for verified")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
