package mfatest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// nothing checks that no meta value m was kept.
func (s *storeTest) nothing() {
	s.Helper()
	s.view(func(r mfa.Reader) error {
		s.Helper()
		s.code(errOf(r.Meta("m")), mfa.NotFound)
		return nil
	})
}

func errorRollsBack(s *storeTest) {
	s.community()
	mine := errors.New("mine")
	err := s.store.Update(s.Context(), func(tx mfa.Tx) error {
		if err := first(tx.SetMeta("m", "1"), tx.AppendEvent(mfa.Event{Seq: 1}),
			tx.PutUser(&mfa.User{ID: "u1", CommunityID: "c1", Email: "a"})); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) {
		s.Errorf("got %v, want the error of the caller", err)
	}
	s.nothing()
	s.view(func(r mfa.Reader) error {
		s.code(errOf(r.User("u1")), mfa.NotFound)
		got(s, []mfa.Event(nil))(r.Events(mfa.EventQuery{}))
		return nil
	})
	if err := s.store.View(s.Context(), func(mfa.Reader) error { return mine }); !errors.Is(err, mine) {
		s.Errorf("view: got %v, want the error of the caller", err)
	}
}

func panicRollsBack(s *storeTest) {
	func() {
		defer func() { s.same(recover(), "mine") }()
		_ = s.store.Update(s.Context(), func(tx mfa.Tx) error {
			if err := tx.SetMeta("m", "1"); err != nil {
				return err
			}
			panic("mine")
		})
		s.Error("the panic was swallowed")
	}()
	s.nothing()
	s.update(func(tx mfa.Tx) error { return tx.SetMeta("m", "2") })
}

func swallowedFailure(s *storeTest) {
	s.refused(mfa.Internal, func(tx mfa.Tx) error {
		if err := tx.SetMeta("m", "1"); err != nil {
			return err
		}
		s.code(tx.SetMeta("m", "\xff"), mfa.Internal)
		s.code(tx.SetMeta("m", "2"), mfa.Internal)
		return nil
	})
	s.nothing()
}

func canceled(s *storeTest) {
	ctx, cancel := context.WithCancel(s.Context())
	err := s.store.Update(ctx, func(tx mfa.Tx) error {
		if err := tx.SetMeta("m", "1"); err != nil {
			return err
		}
		cancel()
		s.code(errOf(tx.Meta("m")), mfa.Canceled)
		return nil
	})
	s.code(err, mfa.Canceled)
	s.nothing()
	never := errors.New("f was run")
	s.code(s.store.Update(ctx, func(mfa.Tx) error { return never }), mfa.Canceled)
	s.code(s.store.View(ctx, func(mfa.Reader) error { return never }), mfa.Canceled)
	late, cancel := context.WithDeadline(s.Context(), time.Unix(1, 0))
	defer cancel()
	s.code(s.store.Update(late, func(mfa.Tx) error { return never }), mfa.Unavailable)
}

func stopsWaiting(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	held, release := make(chan bool), make(chan bool)
	var first sync.WaitGroup
	first.Go(func() {
		s.updateHolding("u1", held, release)
	})
	<-held
	ctx, cancel := context.WithCancel(s.Context())
	waiting := make(chan error)
	go func() {
		waiting <- s.store.Update(ctx, func(tx mfa.Tx) error {
			_, err := tx.LockUser("u1")
			if err == nil {
				err = errors.New("it did not wait")
			}
			return err
		})
	}()
	cancel()
	s.code(<-waiting, mfa.Canceled)
	close(release)
	first.Wait()
}

// updateHolding holds a user's row until it is released.
func (s *storeTest) updateHolding(id string, held chan<- bool, release <-chan bool) {
	err := s.store.Update(s.Context(), func(tx mfa.Tx) error {
		_, err := tx.LockUser(id)
		close(held)
		<-release
		return err
	})
	if err != nil {
		s.Errorf("update: %s", describe(err))
	}
}

func oneTime(s *storeTest) {
	s.clock.Set(time.Date(2026, 11, 23, 9, 58, 0, 123456789, time.FixedZone("CET", 3600)))
	want := time.Date(2026, 11, 23, 8, 58, 0, 123456000, time.UTC)
	s.update(func(tx mfa.Tx) error {
		s.same(tx.Now(), want)
		s.clock.Advance(time.Hour)
		s.same(tx.Now(), want)
		return nil
	})
	s.view(func(r mfa.Reader) error {
		s.same(r.Now(), want.Add(time.Hour))
		return nil
	})
}

func afterTheEnd(s *storeTest) {
	var kept mfa.Tx
	s.update(func(tx mfa.Tx) error {
		kept = tx
		return tx.AppendEvent(mfa.Event{Seq: 1})
	})
	s.code(kept.SetMeta("m", "1"), mfa.Internal)
	s.code(errOf(kept.Users(mfa.UserQuery{})), mfa.Internal)
	s.code(errOf(kept.User("u")), mfa.Internal)
	s.code(errOf(kept.NextSeq()), mfa.Internal)
	s.nothing()
}

func closed(s *storeTest) {
	s.update(func(tx mfa.Tx) error { return tx.SetMeta("m", "1") })
	if err := s.store.Close(); err != nil {
		s.Errorf("close: %v", err)
	}
	s.refused(mfa.Unavailable, func(mfa.Tx) error { return nil })
	s.code(s.store.View(s.Context(), func(mfa.Reader) error { return nil }), mfa.Unavailable)
}

func gapless(s *storeTest) {
	const workers, each = 50, 4
	undo := errors.New("undo")
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range each {
				err := s.store.Update(s.Context(), func(tx mfa.Tx) error {
					seq, err := tx.NextSeq()
					if err == nil {
						err = tx.AppendEvent(mfa.Event{Seq: seq})
					}
					if err == nil && i == 0 {
						err = undo
					}
					return err
				})
				if err != nil && !errors.Is(err, undo) {
					s.Errorf("append: %s", describe(err))
				}
			}
		})
	}
	all.Wait()
	s.view(func(r mfa.Reader) error {
		events, err := r.Events(mfa.EventQuery{})
		s.same(len(events), workers*(each-1))
		for i, e := range events {
			s.same(e.Seq, int64(len(events)-i))
		}
		return err
	})
}

func outOfSequence(s *storeTest) {
	s.update(func(tx mfa.Tx) error {
		s.code(tx.AppendEvent(mfa.Event{Seq: 0}), mfa.Conflict)
		s.code(tx.AppendEvent(mfa.Event{Seq: 2}), mfa.Conflict)
		if err := first(tx.AppendEvent(mfa.Event{Seq: 1}), tx.AppendEvent(mfa.Event{Seq: 2})); err != nil {
			return err
		}
		s.code(tx.AppendEvent(mfa.Event{Seq: 2}), mfa.Conflict)
		got(s, int64(3))(tx.NextSeq())
		return nil
	})
	s.refused(mfa.Conflict, func(tx mfa.Tx) error { return tx.AppendEvent(mfa.Event{Seq: 4}) })
}

func lockUser(s *storeTest) {
	s.community()
	s.user("u1", "a@acme.example")
	const workers = 40
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			err := s.store.Update(s.Context(), func(tx mfa.Tx) error {
				u, err := tx.LockUser("u1")
				if err != nil {
					return err
				}
				u.OTP.Consecutive++
				return tx.PutUser(&u)
			})
			if err != nil {
				s.Errorf("update: %s", describe(err))
			}
		})
	}
	all.Wait()
	s.view(func(r mfa.Reader) error {
		u, err := r.User("u1")
		s.same(u.OTP.Consecutive, workers)
		s.same(u.Rev, int64(workers+1))
		return err
	})
}

func consistentView(s *storeTest) {
	put := func(v string) func(mfa.Tx) error {
		return func(tx mfa.Tx) error { return first(tx.SetMeta("a", v), tx.SetMeta("b", v)) }
	}
	s.update(put("1"))
	s.view(func(r mfa.Reader) error {
		got(s, "1")(r.Meta("a"))
		s.update(put("2"))
		got(s, "1")(r.Meta("b"))
		return nil
	})
	s.view(func(r mfa.Reader) error {
		got(s, "2")(r.Meta("b"))
		return nil
	})
}

func viewDuringUpdate(s *storeTest) {
	s.update(func(tx mfa.Tx) error {
		if err := tx.SetMeta("m", "1"); err != nil {
			return err
		}
		got(s, "1")(tx.Meta("m"))
		s.nothing()
		return nil
	})
}
