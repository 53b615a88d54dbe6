package mfatest

import (
	"fmt"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// BenchmarkStore measures what every sign-in needs of a store of a thousand
// users: one record by e-mail address, a page of users, and a durable update
// with its event, alone and by 32 at once.
func BenchmarkStore(b *testing.B, open func(b *testing.B, clock func() time.Time) mfa.Store) {
	clock := NewClock(at(0))
	store := open(b, clock.Now)
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	err := store.Update(b.Context(), func(tx mfa.Tx) error {
		if err := tx.PutCommunity(&mfa.Community{ID: "c1", Name: "Acme"}); err != nil {
			return err
		}
		for i := range 1000 {
			u := fullUser()
			u.ID, u.Email, u.Rev = fmt.Sprint("u", i), fmt.Sprintf("u%d@acme.example", i), 0
			if err := tx.PutUser(&u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(describe(err))
	}
	view := func(f func(mfa.Reader) error) func(*testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				if err := store.View(b.Context(), f); err != nil {
					b.Fatal(describe(err))
				}
			}
		}
	}
	b.Run("view one user", view(func(r mfa.Reader) error { return errOf(r.UserID("u7@acme.example")) }))
	b.Run("view a page of 100", view(func(r mfa.Reader) error {
		return errOf(r.Users(mfa.UserQuery{CommunityIDs: []string{"c1"}, After: "u3", Limit: 100}))
	}))
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			if err := store.Update(b.Context(), attempt); err != nil {
				b.Fatal(describe(err))
			}
		}
	})
	b.Run("update by 32", func(b *testing.B) {
		b.SetParallelism(32)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := store.Update(b.Context(), attempt); err != nil {
					b.Error(describe(err))
				}
			}
		})
	})
}

// attempt is the store's share of one attempt: the user's row, and an event.
func attempt(tx mfa.Tx) error {
	u, err := tx.LockUser("u7")
	if err != nil {
		return err
	}
	u.OTP.Consecutive++
	seq, err := tx.NextSeq()
	if err != nil {
		return err
	}
	return first(tx.PutUser(&u), tx.AppendEvent(mfa.Event{Seq: seq, At: tx.Now(), Action: mfa.ActOTPFail, TargetID: u.ID}))
}
