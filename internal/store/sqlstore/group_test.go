package sqlstore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

func TestAPartThatFailsIsUndoneAlone(t *testing.T) {
	own := errors.New("of its own")
	for name, c := range map[string]struct {
		f    func(mfa.Tx, func()) error
		want error
	}{
		"an error":           {func(mfa.Tx, func()) error { return own }, own},
		"given up meanwhile": {func(_ mfa.Tx, cancel func()) error { cancel(); return nil }, mfa.Canceled},
		"a panic":            {func(mfa.Tx, func()) error { panic(own) }, own},
		"a failed statement": {func(tx mfa.Tx, _ func()) error { _ = tx.SetMeta("zero", "\x00"); return nil }, mfa.Internal},
		"nothing":            {func(mfa.Tx, func()) error { return nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := create(t, sqlstore.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			first, second := sqlstore.Passed(t, s, func() (err error) {
				defer func() {
					if p := recover(); p != nil {
						err, _ = p.(error)
					}
				}()
				return s.Update(ctx, func(tx mfa.Tx) error {
					return errors.Join(tx.SetMeta("second", "1"), c.f(tx, cancel))
				})
			})
			if first != nil || !errors.Is(second, c.want) {
				t.Errorf("the first ended with %v, the second with %v", first, second)
			}
			mfatest.WantMeta(t, s, "first", "1")
			mfatest.WantMeta(t, s, "second", map[bool]string{true: "1"}[c.want == nil])
			mfatest.WantUsable(t, s)
		})
	}
}

// Where SQLite undoes the whole transaction under one part, the others are told to run
// again, and do.
func TestAPartThatIsUndoneForAnothersFaultRunsAgain(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	first, second := sqlstore.Passed(t, s, func() error {
		return s.Update(t.Context(), func(tx mfa.Tx) error {
			return errors.Join(sqlstore.Run(tx, "ROLLBACK"), errors.New("of its own"))
		})
	})
	if first != sqlstore.ErrUndone || second == nil { //nolint:errorlint // it is that very error
		t.Errorf("the first ended with %v, the second with %v", first, second)
	}
	mfatest.WantMeta(t, s, "first", "")
	runs := 0
	err := s.Again(t.Context(), func() error {
		if runs++; runs == 1 {
			return first
		}
		return mfatest.SetMeta(t.Context(), s, "first", "2")
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs: %v", runs, err)
	}
	mfatest.WantMeta(t, s, "first", "2")
	mfatest.WantUsable(t, s)
}

// An update that fails on what another part has written does not return before that is
// durable.
func TestAPartFailsOnNothingThatWasNeverThere(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	s.Dialect().NotCommitted = func(error) bool { return true }
	first := sqlstore.Begin(t, s, func(tx mfa.Tx) error { // its COMMIT fails
		return errors.Join(sqlstore.Run(tx, "PRAGMA defer_foreign_keys = 1"), tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
	})
	answer := make(chan error, 1)
	runs := 0
	go func() {
		answer <- s.Update(t.Context(), func(tx mfa.Tx) error {
			runs++
			_, err := tx.Meta("first")
			if errors.Is(err, mfa.NotFound) {
				return nil
			}
			return errors.New("the first was faster")
		})
	}()
	first.PassOn()
	if err := <-answer; err != nil || runs != 2 {
		t.Errorf("%d runs: %v", runs, err)
	}
}

// Updates that fail again and again do not keep others waiting.
func TestAGroupEndsHoweverManyFail(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	own := errors.New("of its own")
	first := sqlstore.Begin(t, s, func(mfa.Tx) error { return nil })
	var runs atomic.Int64
	over := func() bool {
		select {
		case <-first.Over():
			return true
		default:
			return runs.Load() > 10*sqlstore.MaxParts
		}
	}
	var all sync.WaitGroup
	for range 2 * sqlstore.MaxParts {
		all.Go(func() {
			for !over() {
				_ = s.Update(t.Context(), func(mfa.Tx) error {
					if !over() {
						runs.Add(1)
					}
					return own
				})
			}
		})
	}
	first.Leave()
	all.Wait()
	if n := runs.Load(); n >= sqlstore.MaxParts {
		t.Errorf("%d parts failed before the first was durable", n)
	}
	mfatest.WantMeta(t, s, "first", "1")
	mfatest.WantUsable(t, s)
}

// Every part of a COMMIT that fails returns its error.
func TestAFailedCommitIsToldToEveryPart(t *testing.T) {
	for want, certain := range map[mfa.Code]bool{mfa.NotFound: true, mfa.Unknown: false} {
		s, _ := create(t, sqlstore.Options{})
		s.Dialect().NotCommitted = func(error) bool { return certain } // else as after a failed fsync
		first, second := sqlstore.Passed(t, s, func() error {
			return s.Update(t.Context(), func(tx mfa.Tx) error {
				return errors.Join(sqlstore.Run(tx, "PRAGMA defer_foreign_keys = 1"), tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
			})
		})
		mfatest.WantCode(t, first, want)
		mfatest.WantCode(t, second, want)
		mfatest.WantMeta(t, s, "first", "")
		mfatest.WantUsable(t, s)
	}
}

// A caller who gives up while others have the connection is not waited for, and does not
// wait.
func TestAnUpdateCanBeGivenUpWhileItWaits(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(t.Context(), func(tx mfa.Tx) error {
		answer := make(chan error)
		go func() { answer <- mfatest.SetMeta(ctx, s, "waited", "1") }()
		cancel()
		mfatest.WantCode(t, <-answer, mfa.Canceled)
		return tx.SetMeta("first", "1")
	})
	if err != nil {
		t.Error(err)
	}
	mfatest.WantMeta(t, s, "first", "1")
	mfatest.WantMeta(t, s, "waited", "")
}

// Concurrent updates are all durable, and each one sees the updates before it.
func TestUpdatesThatComeAtOnceSeeThoseBeforeThem(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	const clients, each = 32, 8
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				if err := s.Update(t.Context(), addOne); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	mfatest.WantMeta(t, s, "n", fmt.Sprint(clients*each))
}

// Updates that wait for another one share what its COMMIT costs. The first one ends when
// all others wait for it. synctest knows when that is; on one processor a test by time
// could not tell.
func TestUpdatesThatWaitShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, path := create(t, sqlstore.Options{})
		before := commits(t, path)
		const waiting = sqlstore.MaxParts - 1
		var all sync.WaitGroup
		err := s.Update(t.Context(), func(tx mfa.Tx) error {
			for range waiting {
				all.Go(func() {
					if err := s.Update(t.Context(), addOne); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			return addOne(tx)
		})
		if err != nil {
			t.Error(err)
		}
		all.Wait()
		mfatest.WantMeta(t, s, "n", fmt.Sprint(waiting+1))
		if n := commits(t, path) - before; n != 1 {
			t.Errorf("%d updates took %d commits, want 1", waiting+1, n)
		}
	})
}

// addOne increments a number in the store.
func addOne(tx mfa.Tx) error {
	n := 0
	text, err := tx.Meta("n")
	if err == nil {
		_, err = fmt.Sscan(text, &n)
	} else if errors.Is(err, mfa.NotFound) {
		err = nil
	}
	return errors.Join(err, tx.SetMeta("n", fmt.Sprint(n+1)))
}

// commits counts the frames in the log that end a transaction (sqlite.org/fileformat2.html
// §4.1): those with the size of the database.
func commits(t *testing.T, path string) (n int) {
	t.Helper()
	log, err := os.ReadFile(path + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for at := 32; at+24+4096 <= len(log); at += 24 + 4096 {
		same := string(log[at+8:at+16]) == string(log[16:24]) // else it is of an older round
		if same && binary.BigEndian.Uint32(log[at+4:]) != 0 {
			n++
		}
	}
	return n
}

func TestAFailedCommitIsUnknownAndDropsTheConnection(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	dangle := func(tx mfa.Tx) error {
		return errors.Join(sqlstore.Run(tx, "PRAGMA defer_foreign_keys = 1"),
			tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
	}
	mfatest.WantCode(t, s.Update(t.Context(), dangle), mfa.NotFound)
	if !s.Connected() {
		t.Error("a refused commit dropped the connection")
	}

	s.Dialect().NotCommitted = func(error) bool { return false } // as after a failed fsync
	mfatest.WantCode(t, s.Update(t.Context(), dangle), mfa.Unknown)
	if s.Connected() {
		t.Error("the connection is used again")
	}
	if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
		t.Error(err)
	}
}

func TestALostRaceIsRunAgain(t *testing.T) {
	s, _ := create(t, sqlstore.Options{})
	lost := errors.New("lost")
	s.Dialect().LostRace = func(err error) bool { return errors.Is(err, lost) }
	runs := 0
	err := s.Update(t.Context(), func(tx mfa.Tx) error {
		if runs++; runs < 3 {
			return errors.Join(tx.SetMeta("half", "1"), lost)
		}
		return tx.SetMeta("m", "1")
	})
	if err != nil || runs != 3 {
		t.Errorf("%d runs: %v", runs, err)
	}
	mfatest.WantMeta(t, s, "m", "1")
	mfatest.WantMeta(t, s, "half", "")
}
