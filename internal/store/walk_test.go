package store

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// manyEvents puts the events 1 to 1200 into a store, more than two pages.
const manyEvents = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
	INSERT INTO events (seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id, target, method,
		factor, reason, note, session_hash, key_hash, provenance, mac)
	SELECT i, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}', x'' FROM n`

func TestAWalkSeesEveryRowAndThoseThatCannotBeReadToo(t *testing.T) {
	s, _ := create(t, Options{})
	writer(t, s, manyEvents, "UPDATE events SET provenance = '{' WHERE seq IN (1, 500, 501, 1200)")
	next, damaged := int64(1), []int64{}
	err := s.View(t.Context(), func(r mfa.Reader) error {
		for e, err := range r.EachEvent() {
			if e.Seq != next {
				t.Fatalf("event %d after %d", e.Seq, next-1)
			}
			next++
			if errors.Is(err, mfa.Damaged) {
				damaged = append(damaged, e.Seq)
			} else if err != nil {
				return err
			}
			if _, err := r.Communities(); err != nil { // another read on the way
				return err
			}
		}
		return nil
	})
	if err != nil || next != 1201 || !slices.Equal(damaged, []int64{1, 500, 501, 1200}) {
		t.Errorf("read %d events, %v damaged (%v)", next-1, damaged, err)
	}
}

// In a damaged file a page may begin again with what was read.
func TestAWalkThatGoesRoundInCirclesEnds(t *testing.T) {
	s, _ := create(t, Options{})
	writer(t, s, manyEvents)
	read := 0
	var last error
	err := s.View(t.Context(), func(r mfa.Reader) error {
		circle := `SELECT ` + eventColumns + ` FROM events WHERE seq >= $1 ORDER BY seq LIMIT $2`
		for _, err := range each(r.(*tx), scanEvent, circle, 0, func(e mfa.Event) int64 { return e.Seq }) {
			read++
			last = err
		}
		return nil
	})
	if err != nil || read != walkPage+1 || !errors.Is(last, mfa.Damaged) {
		t.Errorf("read %d rows, the last: %v (%v)", read, last, err)
	}
}

func TestTheDatabaseTellsItsOwnFaults(t *testing.T) {
	s, path := create(t, Options{})
	if faults, err := s.Faults(t.Context()); err != nil || len(faults) != 0 {
		t.Errorf("a sound one has %q (%v)", faults, err)
	}
	writer(t, s, manyEvents, "PRAGMA foreign_keys = 0",
		"INSERT INTO sessions (hash, user_id, level, method, created_at, expires_at, last_seen_at, mac, rev) VALUES ('h', 'nobody', '', '', 0, 0, 0, x'', 1)")
	faults, err := s.Faults(t.Context())
	if want := []string{"a row of sessions belongs to a row of users that is missing"}; err != nil || !slices.Equal(faults, want) {
		t.Errorf("a stray row: %q (%v)", faults, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := len(file)/pageSize - 2
	copy(file[page*pageSize:], bytes.Repeat([]byte{0xee}, 64))
	broken, err := Open(t.Context(), write(t, file), Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close() //nolint:errcheck // only read
	if faults, err := broken.Faults(t.Context()); len(faults) < 2 && !errors.Is(err, mfa.Damaged) {
		t.Errorf("a broken page: %q (%v)", faults, err)
	}
}
