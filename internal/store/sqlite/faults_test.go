package sqlite

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
	"github.com/mfactl/mfactl/internal/store/sqlstore"
)

// manyEvents puts the events 1 to 1200 into a store, more than two pages.
const manyEvents = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
	INSERT INTO events (seq, at, action, outcome, code, actor_id, actor, actor_role, community_id, target_id, target, method,
		factor, reason, note, session_hash, key_hash, provenance, mac)
	SELECT i, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}', x'' FROM n`

func TestTheDatabaseTellsItsOwnFaults(t *testing.T) {
	s, path := create(t, sqlstore.Options{})
	if faults, err := s.Faults(t.Context()); err != nil || len(faults) != 0 {
		t.Errorf("a sound one has %q (%v)", faults, err)
	}
	alter(t, path, manyEvents, "PRAGMA foreign_keys = 0",
		"INSERT INTO sessions (hash, user_id, level, method, created_at, expires_at, last_seen_at, mac, rev) VALUES ('h', 'nobody', '', '', 0, 0, 0, x'', 1)")
	faults, err := s.Faults(t.Context())
	if want := []string{"a row of sessions belongs to a row of users that is missing"}; err != nil || !slices.Equal(faults, want) {
		t.Errorf("a stray row: %q (%v)", faults, err)
	}
	if err := errors.Join(mfatest.SetMeta(t.Context(), s, "m", "1"), s.Close()); err != nil { // a writer moves the log into the file
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := len(file)/pageSize - 2
	copy(file[page*pageSize:], bytes.Repeat([]byte{0xee}, 64))
	broken, err := files.Open(t.Context(), write(t, file), sqlstore.Options{Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close() //nolint:errcheck // only read
	if faults, err := broken.Faults(t.Context()); len(faults) < 2 && !errors.Is(err, mfa.Damaged) {
		t.Errorf("a broken page: %q (%v)", faults, err)
	}
}
