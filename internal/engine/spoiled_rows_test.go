package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// flippedMAC breaks the MAC of a row in the database.
const flippedMAC = `mac = CAST(substr(mac, 1, 20) || iif(substr(mac, 21, 1) = x'00', x'01', x'00') || substr(mac, 22) AS BLOB)`

// lists is every list of a service, as how many items and which damaged rows it has.
func lists(s mfa.Service) map[string]func(ctx context.Context) (int, []mfa.DamagedRow, error) {
	return map[string]func(context.Context) (int, []mfa.DamagedRow, error){
		"users": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListUsers(ctx, mfa.ListUsersRequest{})
			return len(out.Items), out.Damaged, err
		},
		"sessions": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListSessions(ctx, mfa.ListSessionsRequest{})
			return len(out.Items), out.Damaged, err
		},
		"tokens": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListTokens(ctx, mfa.ListTokensRequest{})
			return len(out.Items), out.Damaged, err
		},
		"requests": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListRequests(ctx, mfa.ListRequestsRequest{})
			return len(out.Items), out.Damaged, err
		},
		"communities": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListCommunities(ctx, mfa.ListCommunitiesRequest{})
			return len(out.Items), out.Damaged, err
		},
		"events": func(ctx context.Context) (int, []mfa.DamagedRow, error) {
			out, err := s.ListEvents(ctx, mfa.ListEventsRequest{})
			return len(out.Items), out.Damaged, err
		},
	}
}

// staffed is a world with rows of every sort that is listed, in two communities.
func staffed(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	w.community("Other", w.admin.community())
	ok(t, w.role("Acme", "desk", mfa.UsersRead))
	for i, community := range []string{"Acme", "Branch", "Other"} {
		p := w.userIn(community, fmt.Sprintf("user%d@acme.example", i+2), mfa.RoleMember)
		p.login("")
		_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: "helen@acme.example", Password: w.admin.password, Request: true})
		code(t, err, mfa.NotFound)
	}
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	ci.issue("one", mfa.UsersRead)
	ci.issue("two", mfa.UsersRead)
	for _, name := range []string{"eve@acme.example", "fay@acme.example"} {
		p := w.user(name, mfa.RoleMember)
		p.enable()
		_, err := w.Reset(w.admin.ctx(), mfa.ResetRequest{User: name, Password: w.admin.password, Request: true})
		ok(t, err)
	}
	return w
}

// One damaged row of each sort: every list shows the others, and marks this one where it
// would have shown it.
func TestADamagedRowSpoilsItselfAlone(t *testing.T) {
	before := staffed(t)
	for _, c := range []struct {
		table, row, sort string
		damage           []string
		marks            map[string]int // how many items the list loses, where it marks the row
	}{
		{"users", "email = 'user3@acme.example'", "user", []string{flippedMAC, "attempts = '{'"}, map[string]int{"users": 1, "sessions": 2}},
		{"sessions", "rowid = (SELECT max(s.rowid) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'user3@acme.example')", "session",
			[]string{flippedMAC}, map[string]int{"sessions": 1}},
		{"tokens", "name = 'one'", "token", []string{flippedMAC, "permissions = '['"}, map[string]int{"tokens": 1}},
		{"requests", "target = 'eve@acme.example'", "request", []string{flippedMAC}, map[string]int{"requests": 1}},
		{"communities", "name = 'Branch'", "community", []string{flippedMAC, "policy = '{'"},
			map[string]int{"communities": 1, "users": 0, "sessions": 2}},
		{"events", "seq = 3", "event", []string{flippedMAC, "provenance = '['"}, map[string]int{"events": 1}},
	} {
		for _, damage := range c.damage {
			t.Run(c.table+" "+damage[:6], func(t *testing.T) {
				w := before.fork(t)
				sound := map[string]int{}
				for name, list := range lists(w) {
					n, damaged, err := list(w.admin.ctx())
					ok(t, err)
					if sound[name] = n; n == 0 || len(damaged) != 0 {
						t.Fatalf("%s: %d and %v", name, n, damaged)
					}
				}
				w.sql("UPDATE " + c.table + " SET " + damage + " WHERE " + c.row)
				for where, service := range map[string]mfa.Service{"local": w, "over HTTP": w.client(t)} {
					for name, list := range lists(service) {
						n, damaged, err := list(w.admin.ctx())
						ok(t, err)
						lost, marked := c.marks[name]
						if n != sound[name]-lost {
							t.Errorf("%s, %s: %d of %d items", where, name, n, sound[name])
						}
						if marked != (len(damaged) == 1 && damaged[0].Sort == c.sort && damaged[0].ID != "") || !marked && len(damaged) != 0 {
							t.Errorf("%s, %s: marks %v", where, name, damaged)
						}
					}
				}
			})
		}
	}
}

// A damaged community spoils neither the lists nor the acts of the others.
func TestADamagedCommunityHindersNothingElsewhere(t *testing.T) {
	w := staffed(t)
	boss := w.userIn("Other", "boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	w.sql("UPDATE communities SET " + flippedMAC + " WHERE name = 'Branch'")
	_, err := w.set("Other", map[string]string{"lockout": "4"})
	ok(t, err)
	ok(t, w.role("Other", "night", mfa.UsersRead))
	for _, actor := range []*person{w.admin, boss} {
		page, err := w.ListCommunities(actor.ctx(), mfa.ListCommunitiesRequest{})
		ok(t, err)
		if !slices.ContainsFunc(page.Items, func(c mfa.CommunityInfo) bool { return c.Name == "Other" }) {
			t.Errorf("%s sees %+v", actor.email, page)
		}
		if marked := len(page.Damaged) == 1; marked != (actor == w.admin) { // it is not below Other
			t.Errorf("%s sees %+v", actor.email, page.Damaged)
		}
	}
}

// Every notice is named by one event, with which it was queued.
func TestTheEventsNameTheNotices(t *testing.T) {
	w, bob := peopled(t)
	_, err := bob.try(bob.wrong())
	code(t, err, mfa.Rejected)
	_, err = w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: bob.email})
	ok(t, err)
	_, err = w.set("Acme", map[string]string{"lockout": "4"})
	ok(t, err)
	var named []string
	ok(t, w.store.View(t.Context(), func(r mfa.Reader) error {
		events, err := r.Events(mfa.EventQuery{})
		ok(t, err)
		for _, ev := range events {
			named = append(named, ev.Notices...)
			if ev.Action == mfa.ActUserLock && len(ev.Notices) != 1 {
				t.Errorf("%+v", ev)
			}
		}
		notices, err := r.Notices(mfa.NoticeQuery{})
		for _, n := range notices {
			if !slices.Contains(named, n.ID) {
				t.Errorf("no event names the notice %s to %s", n.Kind, n.Address)
			}
		}
		if len(named) != len(notices) || len(named) == 0 {
			t.Errorf("%d are named, and there are %d", len(named), len(notices))
		}
		return err
	}))
}

// A notice that was changed, forged or removed is found, and no reader returns it as sound.
func TestANoticeThatWasChangedIsFound(t *testing.T) {
	before, _ := peopled(t)
	for attack, problem := range map[string]string{
		`UPDATE notices SET address = 'mallory@acme.example' WHERE rowid = 1`: "does not verify",
		`UPDATE notices SET sent_at = 1 WHERE rowid = 1`:                      "does not verify",
		`UPDATE notices SET mac = NULL WHERE rowid = 1`:                       "does not verify",
		`DELETE FROM notices WHERE rowid = 1`:                                 "is missing",
		`INSERT INTO notices SELECT 'forged', kind, user_id, address, done_by, reason, note, created_at, sent_at, mac FROM notices WHERE rowid = 1`: "does not verify",
	} {
		w := before.fork(t)
		w.sql(attack)
		out := w.examine()
		if out.Found != 1 || out.Damage[0].Sort != "notice" || !strings.Contains(out.Damage[0].Problem, problem) || out.Damage[0].Remedy == "" {
			t.Errorf("%s: %+v", attack, out)
		}
	}
}

// Without its memory of time a store would end every lock when the clock is set back.
func TestAStoreWithoutItsMemoryOfTimeIsDamaged(t *testing.T) {
	w, _ := peopled(t)
	w.execute(`DELETE FROM meta WHERE name = 'high_water'`)
	_, err := w.WhoAmI(w.admin.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Damaged)
	_, err = w.Health(t.Context())
	code(t, err, mfa.Damaged)
	out := w.examine()
	if out.Found != 1 || out.Damage[0].Sort != "clock" || out.Damage[0].Problem != "the record is missing" || !strings.Contains(out.Damage[0].Remedy, "backup") {
		t.Errorf("%+v", out)
	}
}

func TestAnAddressThatLooksLikeAnotherIsRefused(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	w.user("paul@acme.example", mfa.RoleMember)
	bob := w.user("coco@acme.example", mfa.RoleMember)
	boss := w.userIn("Branch", "boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	for address, want := range map[string]string{
		"pau1@acme.example":    "paul@acme.example",
		"сосо@acme.example":    "coco@acme.example",
		"pаul@acme.example":    "several scripts",
		"bob@аcme.example":     "several scripts",
		"pau1@another.example": "",
		"東京タワーの人@acme.example": "",
	} {
		_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: address})
		_, moved := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Email: address, Change: mfa.Change{DryRun: true}})
		for _, err := range []error{err, moved} {
			own := want == bob.email && err == moved //nolint:errorlint // the same error
			if taken := mfa.AsError(err).Code == mfa.Conflict && want == ""; (err == nil || taken) != (want == "" || own) || want != "" && !own && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
	_, err := w.CreateUser(boss.ctx(), mfa.CreateUserRequest{Email: "pau1@acme.example"})
	if code(t, err, mfa.Conflict); strings.Contains(err.Error(), "paul@acme.example") {
		t.Errorf("an administrator of another community reads %v", err)
	}
}

// An address of a store of before has its look after the migration.
func TestAMigratedAddressIsNotTakenAgainByItsLook(t *testing.T) {
	w := newOldWorld(t).migrated()
	_, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "саrоl@acme.example"})
	code(t, err, mfa.Usage)
	_, err = w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "caro1@acme.example"})
	code(t, err, mfa.Conflict)
}

// A character that nobody sees turns what a person reads, or hides a word.
func TestTextsHaveNoInvisibleCharacters(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	for _, bad := range []string{"lost \u202ephone", "a\u200bb", "a\u2028b", "\ufeffa", "a\u00adb"} {
		_, reason := w.LockUser(w.admin.ctx(), mfa.LockUserRequest{User: "bob@acme.example", Change: mfa.Change{Reason: bad}})
		_, note := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Name: "desk", Note: bad, Permissions: []mfa.Permission{mfa.UsersRead}})
		_, name := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: bad})
		for field, err := range map[string]error{"reason": reason, "note": note, "community": name} {
			if e := mfa.AsError(err); err == nil || e.Code != mfa.Usage || e.Field != field {
				t.Errorf("%q as a %s: %v", bad, field, err)
			}
		}
	}
}

// What a community wrote about its roles is for its own people.
func TestAChildDoesNotSeeTheNotesOfItsParentsRoles(t *testing.T) {
	w := newWorld(t)
	w.community("Branch", w.admin.community())
	boss := w.userIn("Branch", "boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	for community, name := range map[string]mfa.Role{"Acme": "desk", "Branch": "till"} {
		_, err := w.CreateRole(w.admin.ctx(), mfa.CreateRoleRequest{Community: community, Name: name, Note: "a note", Permissions: []mfa.Permission{mfa.UsersRead}})
		ok(t, err)
	}
	for _, actor := range []*person{w.admin, boss} {
		page, err := w.ListRoles(actor.ctx(), mfa.ListRolesRequest{Community: "Branch"})
		ok(t, err)
		for _, r := range page.Items {
			if sees := r.Note != ""; !r.BuiltIn && sees != (actor == w.admin || r.Name == "till") {
				t.Errorf("%s sees %+v", actor.email, r)
			}
		}
	}
}

// What was issued while the clock stood a year ahead is bounded once it is right again.
func TestWhatAWrongClockIssuedIsBounded(t *testing.T) {
	w := newWorld(t)
	bob, carol := w.user("bob@acme.example", mfa.RoleMember), w.user("carol@acme.example", mfa.RoleMember)
	dave := w.user("dave@acme.example", mfa.RoleMember)
	bob.enable()
	ci := w.service("ci@acme.example", mfa.RoleHelpdesk)
	begun := w.clock.Now()

	w.clock.Set(begun.AddDate(1, 0, 0))
	w.admin.refresh()
	recovery := bob.reset().RecoveryCode
	carol.login("")
	ci.token = ci.issue("deploy", mfa.UsersRead).Token
	_, err := w.Enroll(dave.in(w).signedIn().ctx(), mfa.EnrollRequest{Password: dave.password, Kind: mfa.KindTOTP})
	ok(t, err)

	w.clock.Set(begun.Add(time.Minute))
	_, err = bob.try(recovery)
	code(t, err, mfa.Expired)
	_, err = w.TwoFactorStatus(carol.ctx(), mfa.TwoFactorStatusRequest{})
	ok(t, err)
	_, err = w.ListUsers(ci.ctx(), mfa.ListUsersRequest{})
	ok(t, err)
	out := w.examine()
	if out.Found != 0 || !slices.ContainsFunc(out.Ahead, func(a mfa.Ahead) bool { return a.User == carol.email && a.What == "last sign-in" }) {
		t.Errorf("%+v", out)
	}
	w.clock.Set(begun.AddDate(0, 0, 91))
	if got := ci.alive(); got != mfa.Unauthenticated {
		t.Errorf("the token is %q after its lifetime", got)
	}
	_, err = w.WhoAmI(carol.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
}

// signedIn is a person with a new session of a password.
func (p *person) signedIn() *person {
	p.token = p.login("").Token
	return p
}
