package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A repeated request finds the pending one, also beside a forged one. If the only pending
// one is damaged, the answer names it.
func TestADamagedRequestIsNeitherFoundNorHidesASoundOne(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	first, err := w.admin.reset2FA(bob.email, true)
	ok(t, err)
	if first.Request == nil || !first.Changed {
		t.Fatalf("%+v", first)
	}
	forged := w.fork(t)
	columns := strings.Join(forged.columnsOf("requests"), ", ")
	forged.sql(fmt.Sprintf("INSERT INTO requests (%s) SELECT %s FROM requests",
		columns, strings.Replace(columns, "id,", "'7ZZZZZZZZZZZZZZZZZZZZZZZZZ',", 1))) // newer than the sound one
	again, err := w.admin.in(forged).reset2FA(bob.email, true)
	ok(t, err)
	if again.Changed || again.Request.ID != first.Request.ID {
		t.Errorf("%+v", again.Request)
	}
	w.sql("UPDATE requests SET reason = 'another'")
	_, err = w.admin.reset2FA(bob.email, true)
	answers(t, "a damaged request", err, mfa.Damaged, first.Request.ID)
}

// An index that leads from the name of one community to the row of another one is damage.
func TestANameThatLeadsToAnotherCommunityIsDamage(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	w.sql(`CREATE TABLE lie (name TEXT UNIQUE);
		INSERT INTO lie (rowid, name) SELECT rowid, CASE name WHEN 'Acme' THEN 'Branch' ELSE 'Acme' END FROM communities;
		PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_lie_1')
		WHERE name = 'sqlite_autoindex_communities_2'`)
	w = w.fork(t)
	_, err := w.ShowPolicy(w.admin.ctx(), mfa.ShowPolicyRequest{Community: "Branch"})
	answers(t, "its rules are shown", err, mfa.Damaged, "Branch")
	_, err = w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "Branch"})
	answers(t, "it is made again", err, mfa.Damaged, "Branch")
}
