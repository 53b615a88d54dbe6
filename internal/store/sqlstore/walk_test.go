package sqlstore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// manyEvents puts the events 1 to 1200 into a store, more than two pages.
const manyEvents = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
	INSERT INTO events (seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id, target, method,
		factor, reason, note, session_hash, key_hash, provenance, mac)
	SELECT i, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}', x'' FROM n`

func TestAWalkSeesEveryRowAndThoseThatCannotBeReadToo(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	alter(t, path, manyEvents, "UPDATE events SET provenance = '{' WHERE seq IN (1, 500, 501, 1200)")
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
	s, path := create(t, sqlstore.Options{})
	alter(t, path, manyEvents)
	read := 0
	var last error
	err := s.View(t.Context(), func(r mfa.Reader) error {
		sqlstore.Circle(r, func(_ mfa.Event, err error) bool {
			read++
			last = err
			return true
		})
		return nil
	})
	if err != nil || read != sqlstore.WalkPage+1 || !errors.Is(last, mfa.Damaged) {
		t.Errorf("read %d rows, the last: %v (%v)", read, last, err)
	}
}
