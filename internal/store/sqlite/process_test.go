package sqlite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// The test binary runs itself as another process: MFACTL_TEST_CHILD says what
// to do, MFACTL_TEST_STORE with which store.
func TestMain(m *testing.M) {
	do := os.Getenv("MFACTL_TEST_CHILD")
	if do == "" {
		os.Exit(m.Run())
	}
	if err := child(context.Background(), do, os.Getenv("MFACTL_TEST_STORE")); err != nil {
		fmt.Println(err, mfa.AsError(err).Cause)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(ctx context.Context, do, path string) error {
	if do == "idle" {
		return idle(ctx, path)
	}
	s, err := files.Open(ctx, path, sqlstore.Options{Clock: now, BusyTimeout: time.Minute})
	if err != nil {
		return err
	}
	switch do {
	case "count":
		err = count(ctx, s)
	case "hold":
		err = hold(ctx, s)
	default:
		err = readOnly(ctx, s)
	}
	return errors.Join(err, s.Close())
}

const counts = 60 // how often each process counts

// count adds to one number and appends one event, again and again.
func count(ctx context.Context, s *sqlstore.Store) error {
	for range counts {
		err := s.Update(ctx, func(tx mfa.Tx) error {
			v, err := tx.Meta("n")
			if err != nil {
				return err
			}
			n, err := strconv.Atoi(v)
			if err != nil {
				return err
			}
			seq, err := tx.NextSeq()
			if err != nil {
				return err
			}
			return errors.Join(tx.SetMeta("n", strconv.Itoa(n+1)), tx.AppendEvent(mfa.Event{Seq: seq}))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// idle reads once, and then does nothing with the file open until its input ends.
func idle(ctx context.Context, path string) error {
	c, err := (file{path: path}).reader(ctx)
	if err != nil {
		return err
	}
	if _, err := query1(ctx, c.SQL, "SELECT COUNT(*) FROM users"); err != nil {
		return err
	}
	fmt.Println("held")
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, c.Close())
}

// hold writes and then keeps the transaction until its input ends.
func hold(ctx context.Context, s *sqlstore.Store) error {
	return s.Update(ctx, func(tx mfa.Tx) error {
		if err := tx.SetMeta("held", "1"); err != nil {
			return err
		}
		fmt.Println("held")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	})
}

// readOnly checks a store that can be read and not written.
func readOnly(ctx context.Context, s *sqlstore.Store) error {
	err := s.View(ctx, func(r mfa.Reader) error {
		if v, err := r.Meta("m"); err != nil || v != "1" {
			return fmt.Errorf("read %q: %w", v, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := mfatest.SetMeta(ctx, s, "m", "2"); !errors.Is(err, mfa.Unavailable) {
		return fmt.Errorf("written: %w", err)
	}
	return nil
}

// process prepares the test binary to run as another process.
func process(t *testing.T, do, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // the test binary itself
	cmd.Env = append(os.Environ(), "MFACTL_TEST_CHILD="+do, "MFACTL_TEST_STORE="+path)
	return cmd
}

// holder starts a process that holds the store's write lock; release lets it
// commit.
func holder(t *testing.T, path string) (cmd *exec.Cmd, release func() error) {
	t.Helper()
	return held(t, "hold", path)
}

// held starts a process that holds the store in some way; release lets it end.
func held(t *testing.T, how, path string) (cmd *exec.Cmd, release func() error) {
	t.Helper()
	cmd = process(t, how, path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("it said %q (%v)", line, err)
	}
	return cmd, func() error { return errors.Join(in.Close(), cmd.Wait()) }
}

func TestProcessesWriteAtOnce(t *testing.T) {
	s, path := create(t, sqlstore.Options{BusyTimeout: time.Minute})
	if err := mfatest.SetMeta(t.Context(), s, "n", "0"); err != nil {
		t.Fatal(err)
	}
	var others []*exec.Cmd
	for range 2 {
		cmd := process(t, "count", path)
		cmd.Stdout = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		others = append(others, cmd)
	}
	err := count(t.Context(), s)
	for _, cmd := range others {
		err = errors.Join(err, cmd.Wait())
	}
	if err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, s, "n", strconv.Itoa(3*counts))
	err = s.View(t.Context(), func(r mfa.Reader) error {
		events, err := r.Events(mfa.EventQuery{})
		if len(events) != 3*counts || events[0].Seq != 3*counts {
			t.Errorf("%d events", len(events))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLockedByAnotherProcess(t *testing.T) {
	first, path := create(t, sqlstore.Options{})
	if err := mfatest.SetMeta(t.Context(), first, "m", "1"); err != nil {
		t.Fatal(err)
	}
	_, release := holder(t, path)

	s, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now, BusyTimeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	e := mfatest.WantCode(t, mfatest.SetMeta(t.Context(), s, "m", "2"), mfa.Unavailable)
	if e.Error() != "the store is busy, nothing changed" {
		t.Errorf("message %q", e.Error())
	}
	mfatest.WantMeta(t, s, "m", "1")
	mfatest.WantMeta(t, s, "held", "")

	patient, err := files.Open(t.Context(), path, sqlstore.Options{Clock: now, BusyTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	mfatest.WantCode(t, mfatest.SetMeta(ctx, patient, "m", "2"), mfa.Unavailable)
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if err := mfatest.SetMeta(t.Context(), patient, "m", "3"); err != nil {
		t.Fatal(err, mfa.AsError(err).Cause)
	}
	mfatest.WantMeta(t, s, "m", "3")
	mfatest.WantMeta(t, s, "held", "1")
	if err := errors.Join(s.Close(), patient.Close()); err != nil {
		t.Error(err)
	}
}

func TestAKilledProcessLeavesNoHalf(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	cmd, _ := holder(t, path)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := mfatest.SetMeta(t.Context(), s, "m", "1"); err != nil {
		t.Fatal(err)
	}
	mfatest.WantMeta(t, s, "held", "")
	mfatest.WantMeta(t, s, "m", "1")
}
