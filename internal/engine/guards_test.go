package engine_test

import (
	"database/sql"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// guard is an act that a guard allows or refuses because of other rows.
type guard struct {
	act   func(w *world) error
	none  mfa.Code // the answer if no row proves the guard's point
	found mfa.Code // the answer if one does
	table string
	key   string // the column with the name of a row
	// add makes a row that proves the point, under a name. sole is true if there can be only one.
	add  func(w *world, name string)
	sole bool
	// of is the row whose copy forges a proof, and forge holds the columns to change in it.
	of    string
	forge map[string]string
}

// guards returns every guard that looks for one row. They work in the world of guarded.
func guards(robot mfa.Secret) map[string]guard {
	child := `(SELECT id FROM communities WHERE name = 'Child')`
	inChild := func(role mfa.Role) func(*world, string) {
		return func(w *world, name string) { w.userIn("Child", name, role) }
	}
	remove := func(user string) func(*world) error {
		return func(w *world) error {
			_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: user})
			return err
		}
	}
	update := func(req mfa.UpdateUserRequest) func(*world) error {
		return func(w *world) error {
			_, err := w.UpdateUser(w.admin.ctx(), req)
			return err
		}
	}
	lastAdmin := func(act func(*world) error) guard {
		return guard{
			act: act, none: mfa.Conflict, table: "users", key: "email", add: inChild(mfa.RoleAdmin),
			of: "last@acme.example", forge: map[string]string{"role": "'admin'"},
		}
	}
	return map[string]guard{
		"the last administrator is deleted":     lastAdmin(remove("last@acme.example")),
		"the last administrator is demoted":     lastAdmin(update(mfa.UpdateUserRequest{User: "last@acme.example", Role: mfa.RoleMember})),
		"the last administrator is deactivated": lastAdmin(update(mfa.UpdateUserRequest{User: "last@acme.example", Status: mfa.UserDeactivated})),
		"the last administrator is moved":       lastAdmin(update(mfa.UpdateUserRequest{User: "last@acme.example", Community: "Acme"})),
		"an operator administers as well": {
			act: remove("last@acme.example"), none: mfa.Conflict, table: "users", key: "email", add: inChild(mfa.RoleOperator),
			of: "last@acme.example", forge: map[string]string{"role": "'operator'"},
		},
		"the last operator is deleted": {
			act: func(w *world) error { // by an operator who cannot sign in
				_, err := w.DeleteUser((&person{w: w, token: robot}).ctx(), mfa.DeleteUserRequest{User: w.admin.email})
				return err
			},
			none: mfa.Conflict, found: mfa.Forbidden, table: "users", key: "email", // found, a token may delete members only
			add: func(w *world, name string) { w.user(name, mfa.RoleOperator) },
			of:  "admin@acme.example", forge: map[string]string{"role": "'operator'"},
		},
		"a role in use is deleted": {
			act: func(w *world) error {
				_, err := w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk"})
				return err
			},
			found: mfa.Conflict, table: "users", key: "email", add: inChild("desk"),
			of: "bob@acme.example", forge: map[string]string{"role": "'desk'", "community_id": child},
		},
		"a community leaves the one whose role is in use": {
			act: func(w *world) error {
				_, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "Child", Top: true})
				return err
			},
			found: mfa.Conflict, table: "users", key: "email", add: inChild("desk"),
			of: "bob@acme.example", forge: map[string]string{"role": "'desk'", "community_id": child},
		},
		"an address is given that is taken": {
			act:   update(mfa.UpdateUserRequest{User: "bob@acme.example", Email: "a-one@acme.example"}),
			found: mfa.Conflict, table: "users", key: "email", add: inChild(mfa.RoleMember), sole: true, of: "last@acme.example",
		},
		"a user is made whose address is taken": {
			act: func(w *world) error {
				_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "a-one@acme.example"})
				return err
			},
			found: mfa.Conflict, table: "users", key: "email", add: inChild(mfa.RoleMember), sole: true, of: "last@acme.example",
		},
		"a community is made whose name is taken": {
			act: func(w *world) error {
				_, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "a-one@acme.example"})
				return err
			},
			found: mfa.Conflict, table: "communities", key: "name", sole: true, of: "Child",
			add: func(w *world, name string) { w.community(name, "Child") },
		},
		"a role is made whose name another has below": {
			act:   func(w *world) error { return w.role("Acme", "below", mfa.UsersRead) },
			found: mfa.Conflict, table: "communities", key: "name", of: "Child",
			add: func(w *world, name string) {
				w.community(name, "Child")
				ok(w.t, w.role(name, "below"))
			},
		},
		"a rule leaves a community below no method": {
			act: func(w *world) error {
				_, err := w.set("Acme", map[string]string{"methods": "totp"})
				return err
			},
			found: mfa.Conflict, table: "communities", key: "name", of: "Child",
			add: func(w *world, name string) {
				w.community(name, "Child")
				_, err := w.set(name, map[string]string{"methods": "hotp"})
				ok(w.t, err)
			},
		},
		"a token is made whose name is taken": {
			act: func(w *world) error {
				_, err := w.CreateToken(w.admin.ctx(), mfa.CreateTokenRequest{
					For: "robot@acme.example", Name: "a-one@acme.example", Permissions: []mfa.Permission{mfa.UsersRead},
				})
				return err
			},
			found: mfa.Conflict, table: "tokens", key: "name", sole: true,
			add: func(w *world, name string) { w.issue("robot@acme.example", name, mfa.UsersRead) },
		},
	}
}

// guarded returns a world in which no row proves the point of any guard, and an API token.
// The token belongs to an operator who is a service account. The operator who created it
// is locked now.
func guarded(t *testing.T) (*world, mfa.Secret) {
	t.Helper()
	w := newWorld(t)
	w.community("Child", w.admin.community())
	ok(t, w.role("Acme", "desk", mfa.UsersRead))
	w.userIn("Child", "last@acme.example", mfa.RoleAdmin)
	w.user("bob@acme.example", mfa.RoleMember)
	w.service("robot@acme.example", mfa.RoleOperator)
	maker := w.user("maker@acme.example", mfa.RoleOperator)
	maker.enable()
	token, err := w.CreateToken(maker.ctx(), mfa.CreateTokenRequest{For: "robot@acme.example", Permissions: mfa.Permissions()})
	ok(t, err)
	_, err = w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: maker.email})
	ok(t, err)
	return w, token.Token
}

// damages returns changes to a row that break its MAC. After the last ones of each table
// the row cannot even be read.
func damages(table string) []string {
	flipped := `mac = CAST(substr(mac, 1, 20) || iif(substr(mac, 21, 1) = x'00', x'01', x'00') || substr(mac, 22) AS BLOB)`
	common := []string{flipped, `created_at = created_at + 1`}
	return append(map[string][]string{
		"users":       {`status = 'bctive'`, `state = 'on'`, `password_hash = 'x'`, `service = 7`, `attempts = '{'`},
		"communities": {`parent_id = ''`, `policy = '{"methods":"totp"}'`, `roles = '[{"name":"x"}]'`, `policy = '{'`},
		"tokens":      {`created_by = 'x'`, `permissions = '['`},
	}[table], common...)
}

// A damaged row proves nothing. If another row proves the guard's point, the answer is the
// same as without the damaged one. If there is no other row, the answer names the damaged one.
func TestADamagedRowNeitherPassesAGuardNorHidesASoundOne(t *testing.T) {
	before, robot := guarded(t)
	for name, g := range guards(robot) {
		t.Run(name, func(t *testing.T) {
			none := before.fork(t)
			answers(t, "no row", g.act(none), g.none, "")
			one := before.fork(t)
			g.add(one, "a-one@acme.example")
			two := one.fork(t)
			if !g.sole {
				g.add(two, "b-two@acme.example")
			}
			answers(t, "one sound row", g.act(one.fork(t)), g.found, "")
			for _, damage := range damages(g.table) {
				statement := fmt.Sprintf("UPDATE %s SET %s WHERE %s = 'a-one@acme.example'", g.table, damage, g.key)
				w := one.fork(t)
				w.sql(statement)
				answers(t, "a damaged row, "+damage, g.act(w), mfa.Damaged, g.naming())
				if g.sole {
					continue
				}
				w = two.fork(t)
				w.sql(statement)
				answers(t, "a damaged row and a sound one, "+damage, g.act(w), g.found, "")
			}
		})
	}
}

// A row that was written without the key proves nothing.
func TestAForgedRowPassesNoGuard(t *testing.T) {
	before, robot := guarded(t)
	for name, g := range guards(robot) {
		if g.of == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			w.forge(g)
			answers(t, "a forged row", g.act(w), mfa.Damaged, "a-one@acme.example")
			if g.sole {
				return
			}
			w = before.fork(t)
			g.add(w, "b-two@acme.example")
			w.forge(g)
			answers(t, "a forged row and a sound one", g.act(w), g.found, "")
		})
	}
}

// answers fails unless an act returns an error with this code that contains a text.
func answers(t *testing.T, what string, err error, want mfa.Code, named string) {
	t.Helper()
	if got := codeOf(err); got != want || err != nil && !strings.Contains(err.Error(), named) {
		t.Errorf("%s: %q %v, want %q and %q", what, got, err, want, named)
	}
}

// naming returns the name of the damaged row in errors. A token that cannot be read has
// the name of its owner.
func (g guard) naming() string {
	if g.table == "tokens" {
		return "robot@acme.example"
	}
	return "a-one@acme.example"
}

// forge copies a row of the guard's table, as a person can who has the database and no key.
func (w *world) forge(g guard) {
	w.t.Helper()
	set := map[string]string{"id": "'01KKNTQJDGQT409WBW6C4DAC2B'", g.key: "'a-one@acme.example'"}
	maps.Copy(set, g.forge)
	columns := w.columnsOf(g.table)
	values := make([]string, len(columns))
	for i, c := range columns {
		if values[i] = c; set[c] != "" {
			values[i] = set[c]
		}
	}
	w.sql(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s = '%s'",
		g.table, strings.Join(columns, ", "), strings.Join(values, ", "), g.table, g.key, g.of))
}

func (w *world) columnsOf(table string) (out []string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_busy_timeout=5000")
	ok(w.t, err)
	defer db.Close() //nolint:errcheck // it was only read
	rows, err := db.QueryContext(w.t.Context(), "SELECT name FROM pragma_table_info(?)", table)
	ok(w.t, err)
	defer rows.Close() //nolint:errcheck // see below
	for rows.Next() {
		var name string
		ok(w.t, rows.Scan(&name))
		out = append(out, name)
	}
	ok(w.t, rows.Err())
	return out
}
