package store

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
)

// begun begins a group whose first part writes a value and whatever else it is told.
func begun(t *testing.T, s *Store, more func(mfa.Tx) error) (*group, *tx) {
	t.Helper()
	g, err := s.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one := &tx{ctx: t.Context(), dialect: s.dialect, conn: g.conn}
	if err := errors.Join(s.begin(g, one), one.SetMeta("first", "1"), more(one)); err != nil {
		t.Fatal(err)
	}
	return g, one
}

// passed begins a group, writes a value as its first part, and passes the group on to
// an update that runs at the same time. It returns the outcome of the first part.
func passed(t *testing.T, s *Store, update func() error) (first, second error) {
	t.Helper()
	g, one := begun(t, s, func(mfa.Tx) error { return nil })
	one.over = true
	g.parts++
	answer := make(chan error, 1)
	go func() { answer <- update() }()
	s.next <- g // to whoever waits
	<-g.over
	return g.err, <-answer
}

// wantUsable checks that the store goes on.
func wantUsable(t *testing.T, s *Store) {
	t.Helper()
	if err := setMeta(t.Context(), s, "later", "1"); err != nil {
		t.Error("afterwards:", err)
	}
	wantMeta(t, s, "later", "1")
}

func TestAPartThatFailsIsUndoneAlone(t *testing.T) {
	own := errors.New("of its own")
	for name, c := range map[string]struct {
		f    func(mfa.Tx, func()) error
		want error
	}{
		"an error":           {func(mfa.Tx, func()) error { return own }, own},
		"given up meanwhile": {func(_ mfa.Tx, cancel func()) error { cancel(); return nil }, mfa.Cancelled},
		"a panic":            {func(mfa.Tx, func()) error { panic(own) }, own},
		"a failed statement": {func(tx mfa.Tx, _ func()) error { _ = tx.SetMeta("zero", "\x00"); return nil }, mfa.Internal},
		"nothing":            {func(mfa.Tx, func()) error { return nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := create(t, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			first, second := passed(t, s, func() (err error) {
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
			wantMeta(t, s, "first", "1")
			wantMeta(t, s, "second", map[bool]string{true: "1"}[c.want == nil])
			wantUsable(t, s)
		})
	}
}

// Where SQLite undoes the whole transaction under one part, the others are told to run
// again, and do.
func TestAPartThatIsUndoneForAnothersFaultRunsAgain(t *testing.T) {
	s, _ := create(t, Options{})
	first, second := passed(t, s, func() error {
		return s.Update(t.Context(), func(tx mfa.Tx) error {
			return errors.Join(run(tx, "ROLLBACK"), errors.New("of its own"))
		})
	})
	if first != errUndone || second == nil { //nolint:errorlint // it is that very error
		t.Errorf("the first ended with %v, the second with %v", first, second)
	}
	wantMeta(t, s, "first", "")
	runs := 0
	err := s.again(t.Context(), func() error {
		if runs++; runs == 1 {
			return first
		}
		return setMeta(t.Context(), s, "first", "2")
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs: %v", runs, err)
	}
	wantMeta(t, s, "first", "2")
	wantUsable(t, s)
}

// Whoever fails on what another part has written is told nothing of it before that is
// durable.
func TestAPartFailsOnNothingThatWasNeverThere(t *testing.T) {
	s, _ := create(t, Options{})
	s.dialect.notCommitted = func(error) bool { return true }
	g, one := begun(t, s, func(tx mfa.Tx) error { // its COMMIT fails
		return errors.Join(run(tx, "PRAGMA defer_foreign_keys = 1"), tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
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
	one.over = true
	g.parts++
	s.next <- g
	if err := <-answer; err != nil || runs != 2 {
		t.Errorf("%d runs: %v", runs, err)
	}
}

// Those that fail without end keep nobody waiting.
func TestAGroupEndsHoweverManyFail(t *testing.T) {
	s, _ := create(t, Options{})
	own := errors.New("of its own")
	g, one := begun(t, s, func(mfa.Tx) error { return nil })
	var runs atomic.Int64
	over := func() bool {
		select {
		case <-g.over:
			return true
		default:
			return runs.Load() > 10*maxParts
		}
	}
	var all sync.WaitGroup
	for range 2 * maxParts {
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
	s.leave(g, one, true)
	all.Wait()
	if n := runs.Load(); n >= maxParts {
		t.Errorf("%d parts failed before the first was durable", n)
	}
	wantMeta(t, s, "first", "1")
	wantUsable(t, s)
}

// A COMMIT that fails is told to every part of it.
func TestAFailedCommitIsToldToEveryPart(t *testing.T) {
	for want, certain := range map[mfa.Code]bool{mfa.NotFound: true, mfa.Unknown: false} {
		s, _ := create(t, Options{})
		s.dialect.notCommitted = func(error) bool { return certain } // else as after a failed fsync
		first, second := passed(t, s, func() error {
			return s.Update(t.Context(), func(tx mfa.Tx) error {
				return errors.Join(run(tx, "PRAGMA defer_foreign_keys = 1"), tx.PutFactor(&mfa.Factor{ID: "f", UserID: "nobody"}))
			})
		})
		wantCode(t, first, want)
		wantCode(t, second, want)
		wantMeta(t, s, "first", "")
		wantUsable(t, s)
	}
}

// Whoever gives up while others have the connection is not waited for, and waits for
// nobody.
func TestAnUpdateCanBeGivenUpWhileItWaits(t *testing.T) {
	s, _ := create(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(t.Context(), func(tx mfa.Tx) error {
		answer := make(chan error)
		go func() { answer <- setMeta(ctx, s, "waited", "1") }()
		cancel()
		wantCode(t, <-answer, mfa.Cancelled)
		return tx.SetMeta("first", "1")
	})
	if err != nil {
		t.Error(err)
	}
	wantMeta(t, s, "first", "1")
	wantMeta(t, s, "waited", "")
}

// Concurrent updates are all durable, and each one sees the updates before it.
func TestUpdatesThatComeAtOnceSeeThoseBeforeThem(t *testing.T) {
	s, _ := create(t, Options{})
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
	wantMeta(t, s, "n", fmt.Sprint(clients*each))
}

// Updates that wait for another one share what its COMMIT costs. The first one ends when
// all others wait for it. synctest knows when that is; on one processor a test by time
// could not tell.
func TestUpdatesThatWaitShareACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, path := create(t, Options{})
		before := commits(t, path)
		const waiting = maxParts - 1
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
		wantMeta(t, s, "n", fmt.Sprint(waiting+1))
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
	for at := 32; at+24+pageSize <= len(log); at += 24 + pageSize {
		same := string(log[at+8:at+16]) == string(log[16:24]) // else it is of an older round
		if same && binary.BigEndian.Uint32(log[at+4:]) != 0 {
			n++
		}
	}
	return n
}
