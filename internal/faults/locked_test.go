//go:build faults && linux && amd64

package faults

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"
)

// A store that another process holds is waited for, five seconds long, and then
// left as it is. Reading waits for nobody.
func TestALockedStoreIsWaitedForAndLeftAlone(t *testing.T) {
	whole := newLab(t)
	for _, c := range fewer() {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			if c.command == "init" {
				t.Skip("there is no store to lock")
			}
			tr := newTrial(t, whole, c)
			tr.measure(writes)
			tr.putBack()
			release := tr.hold()
			tr.waits()
			release()
			tr.repeat(false, tr.isBad("locked store"))
		})
	}
}

// hold locks the store for writing until it is released.
func (l *lab) hold() (release func()) {
	l.t.Helper()
	db, err := sql.Open("sqlite", l.path("store.db"))
	if err == nil {
		db.SetMaxOpenConns(1)
		_, err = db.ExecContext(l.t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return func() {
		if err := db.Close(); err != nil {
			l.t.Error(err)
		}
	}
}

// waits runs the change while the store is locked.
func (tr *trial) waits() {
	tr.t.Helper()
	violated := tr.isBad("locked store")
	found.add("locked store", "changes", 1)
	if a := tr.peek("alice", "", "admin", "audit", "list"); a.status != 0 {
		violated("reading: exit %d: %s", a.status, a.talk)
	}
	begun := time.Now()
	got := tr.run(tr.who, tr.input(tr.lab), tr.words(tr.lab)...)
	if took := time.Since(begun); took < 5*time.Second {
		violated("it waited only %s", took)
	}
	says := "busy, nothing changed"
	if strings.HasPrefix(tr.command, "verify") { // which has a time limit of its own
		says = "no answer within 5s"
	}
	if got.status != 11 || !strings.Contains(got.talk, says) {
		violated("exit %d: %s", got.status, got.talk)
	}
	if seen := tr.look(tr.keys); !slices.Equal(seen, tr.before) {
		violated("%s", seen.differs(tr.before))
	}
}
