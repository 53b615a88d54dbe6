package engine_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
)

// walked is a store whose walks through users go by the function of a test.
type walked struct {
	mfa.Store
	walk func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error]
}

type walkedTx struct {
	mfa.Tx
	walk func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error]
}

func (w walked) Update(ctx context.Context, f func(mfa.Tx) error) error {
	return w.Store.Update(ctx, func(tx mfa.Tx) error { return f(walkedTx{tx, w.walk}) })
}

func (w walkedTx) EachUserOf(q mfa.UserQuery) iter.Seq2[mfa.User, error] { return w.walk(w.Tx, q) }

// walks makes the world work on a store whose walks go by a function.
func (w *world) walks(walk func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error]) {
	w.Engine = engine.New(walked{w.store, walk}, w.keys, quick())
	w.Service = proving(w.Engine)
}

// counts makes the world count the users that its walks read from the database: whole
// pages, also if only the first user of one is looked at.
func (w *world) counts() (rows *int) {
	rows = new(int)
	w.walks(func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error] {
		return func(yield func(mfa.User, error) bool) {
			page, err := tx.Users(q)
			ok(w.t, err)
			*rows += len(page)
			n := 0
			for u, err := range tx.EachUserOf(q) {
				if n++; n > len(page) {
					*rows++
				}
				if !yield(u, err) {
					return
				}
			}
		}
	})
	return rows
}

// copies adds forged copies of the user a-one, whose names sort after it.
func (w *world) copies(n int) {
	w.t.Helper()
	columns := w.columnsOf("users")
	w.sql(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO users (%s) SELECT %s FROM users, n WHERE email = 'a-one@acme.example'`, n, strings.Join(columns, ", "),
		strings.NewReplacer(" id,", " 'forged' || i,", " email,", " 'a-one' || i || '@acme.example',").
			Replace(" "+strings.Join(columns, ", "))))
}

// A guard reads at most a page of users, however many rows might prove the point, and also
// if all of them are forged.
func TestAGuardReadsAPageAtMost(t *testing.T) {
	before, robot := guarded(t)
	for name, g := range guards(robot) {
		if g.table != "users" || g.sole {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for what, sound := range map[string]bool{"forged": false, "forged, and a sound one first": true} {
				w := before.fork(t)
				want := mfa.Damaged
				if sound {
					g.add(w, "a-a-first@acme.example")
					want = g.found
				}
				w.forge(g)
				w.copies(2000)
				rows := w.counts()
				answers(t, what, g.act(w), want, "")
				if *rows > 100 {
					t.Errorf("%s: %d rows were read", what, *rows)
				}
			}
		})
	}
}

// Service accounts and locked accounts with the role neither prove that another person
// administers, nor hide one who does, nor are read one by one.
func TestAccountsThatCannotSignInAreNotReadByAGuard(t *testing.T) {
	before, robot := guarded(t)
	for i := range 101 {
		name := fmt.Sprintf("a-robot-%03d@acme.example", i)
		_, err := before.CreateUser(before.admin.ctx(), mfa.CreateUserRequest{Email: name, Role: mfa.RoleAdmin, Community: "Child", Service: i%2 == 0})
		ok(t, err)
		if i%2 == 1 {
			_, err := before.LockUser(before.admin.ctx(), mfa.LockUserRequest{User: name})
			ok(t, err)
		}
	}
	for _, name := range []string{"the last administrator is deleted", "the last administrator is demoted"} {
		g := guards(robot)[name]
		w := before.fork(t)
		rows := w.counts()
		answers(t, name, g.act(w), mfa.Conflict, "last@acme.example is the last")
		if *rows != 1 {
			t.Errorf("%s: %d rows were read", name, *rows)
		}
		w = before.fork(t)
		g.add(w, "z-two@acme.example")
		answers(t, name+", of two", g.act(w), g.found, "")
	}
}

// A row that was changed so that no query finds it proves nothing, and hides no sound one.
func TestARowThatNoQueryFindsPassesNoGuard(t *testing.T) {
	before, robot := guarded(t)
	for name, g := range guards(robot) {
		if g.none == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			one := before.fork(t)
			g.add(one, "a-one@acme.example")
			two := one.fork(t)
			g.add(two, "b-two@acme.example")
			for _, change := range []string{
				`service = 1`, `status = 'locked'`, `status = 'deactivated'`, `role = 'member'`,
				`community_id = (SELECT id FROM communities WHERE id <> community_id)`,
			} {
				statement := "UPDATE users SET " + change + " WHERE email = 'a-one@acme.example'"
				w := one.fork(t)
				w.sql(statement)
				if err := g.act(w); codeOf(err) != mfa.Conflict && codeOf(err) != mfa.Damaged {
					t.Errorf("%s: %v", change, err)
				}
				w = two.fork(t)
				w.sql(statement)
				answers(t, change+", beside a sound one", g.act(w), g.found, "")
			}
		})
	}
}

// An index has no MAC. If it says that a member is an administrator, or that a person is of
// another community, that proves nothing.
func TestAnIndexThatLiesPassesNoGuard(t *testing.T) {
	before, robot := guarded(t)
	before.userIn("Child", "member@acme.example", mfa.RoleMember)
	for user, lie := range map[string]string{
		"member@acme.example": "role = 'admin'",
		"admin@acme.example":  "community_id = (SELECT id FROM communities WHERE name = 'Child')",
	} {
		w := before.fork(t)
		w.sql(`CREATE TABLE lie (id INTEGER PRIMARY KEY, community_id TEXT, role TEXT, email TEXT);
			CREATE INDEX lying ON lie (community_id, role, email);
			INSERT INTO lie SELECT rowid, community_id, role, email FROM users;
			UPDATE lie SET ` + lie + ` WHERE email = '` + user + `';
			PRAGMA writable_schema = 1; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'lying')
			WHERE name = 'users_by_community_role'`)
		g := guards(robot)["the last administrator is deleted"]
		answers(t, lie, g.act(w.fork(t)), mfa.Damaged, user)
	}
}

// A user whom the store answers with and the guard did not ask for proves nothing.
func TestAUserWhoWasNotAskedForPassesNoGuard(t *testing.T) {
	before, robot := guarded(t)
	before.userIn("Child", "member@acme.example", mfa.RoleMember)
	before.user("other@acme.example", mfa.RoleAdmin)
	before.userIn("Child", "locked@acme.example", mfa.RoleAdmin)
	_, err := before.LockUser(before.admin.ctx(), mfa.LockUserRequest{User: "locked@acme.example"})
	ok(t, err)
	for user, widen := range map[string]func(q *mfa.UserQuery){
		"member@acme.example": func(q *mfa.UserQuery) { q.Roles = []mfa.Role{mfa.RoleMember} },
		"other@acme.example":  func(q *mfa.UserQuery) { q.CommunityIDs = nil },
		"locked@acme.example": func(q *mfa.UserQuery) { q.CanSignIn = false },
	} {
		w := before.fork(t)
		w.walks(func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error] {
			widen(&q)
			return tx.EachUserOf(q)
		})
		answers(t, user, guards(robot)["the last administrator is deleted"].act(w), mfa.Damaged, user)
	}
}

// A store that fails while a guard reads decides nothing: its error is the answer, whatever
// was read before. Damage of the table itself is no damage of a user.
func TestAWalkThatFailsIsTheAnswerOfAGuard(t *testing.T) {
	before, robot := guarded(t)
	for _, name := range []string{"the last administrator is deleted", "a role in use is deleted"} {
		g := guards(robot)[name]
		damaged := before.fork(t)
		g.add(damaged, "a-one@acme.example")
		damaged.sql("UPDATE users SET created_at = 1 WHERE email = 'a-one@acme.example'")
		for what, c := range map[string]struct {
			w    *world
			err  *mfa.Error
			want mfa.Code
		}{
			"it fails":                    {before.fork(t), mfa.Errorf(mfa.Unavailable, "the store is busy"), mfa.Unavailable},
			"it fails behind damage":      {damaged.fork(t), mfa.Errorf(mfa.Unavailable, "the store is busy"), mfa.Unavailable},
			"the table itself is damaged": {before.fork(t), mfa.Errorf(mfa.Damaged, "the rows are out of order"), mfa.Damaged},
		} {
			c.w.walks(func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error] {
				return func(yield func(mfa.User, error) bool) {
					for u, err := range tx.EachUserOf(q) {
						if !yield(u, err) {
							return
						}
					}
					yield(mfa.User{}, c.err)
				}
			})
			err := g.act(c.w)
			answers(t, name+", "+what, err, c.want, c.err.Message)
			if err != nil && strings.Contains(err.Error(), "the record of") {
				t.Errorf("%s, %s: it names a record: %v", name, what, err)
			}
		}
	}
}

// Of several communities that refuse, the answer names the first by name, not the oldest.
func TestAGuardNamesTheFirstCommunityByName(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"Zoo", "Ant", "Mill"} {
		w.community(name, w.admin.community())
		ok(t, w.role(name, "desk"))
		w.clock.Advance(2 * time.Second)
	}
	answers(t, "a role of three communities", w.role("Acme", "desk"), mfa.Conflict, "Ant has a role desk")
}

// The number of holders is that of the rows that verify, and says whether there may be
// more: neither damaged rows nor damage of the table end the count in silence.
func TestHoldersOfARoleAreCountedPastDamage(t *testing.T) {
	before, robot := guarded(t)
	g := guards(robot)["a role in use is deleted"]
	g.add(before, "z-last@acme.example")
	before.forge(g)
	for name, c := range map[string]struct {
		copies  int
		err     error
		holders int
		more    bool
	}{
		"a page of damaged rows":      {150, nil, 1, false},
		"as many as are read":         {998, nil, 1, false},
		"more than are read":          {999, nil, 0, true},
		"the table itself is damaged": {1, mfa.Errorf(mfa.Damaged, "the rows are out of order"), 1, true},
	} {
		w := before.fork(t)
		w.copies(c.copies)
		w.walks(func(tx mfa.Tx, q mfa.UserQuery) iter.Seq2[mfa.User, error] {
			return func(yield func(mfa.User, error) bool) {
				found := false
				for u, err := range tx.EachUserOf(q) {
					if found = true; !yield(u, err) {
						return
					}
				}
				if found && c.err != nil {
					yield(mfa.User{}, c.err)
				}
			}
		})
		out, err := w.UpdateRole(w.admin.ctx(), mfa.UpdateRoleRequest{Name: "desk", Add: []mfa.Permission{mfa.AuditRead}})
		ok(t, err)
		if out.Holders != c.holders || out.MoreHolders != c.more {
			t.Errorf("%s: %d holders, more: %t", name, out.Holders, out.MoreHolders)
		}
	}
}
