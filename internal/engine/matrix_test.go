package engine_test

import (
	"hash/fnv"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// What a method is about, besides its caller: the matrix below is made of it.
const (
	aboutUser      = "a user"
	aboutCommunity = "a community"
	aboutRole      = "a role given in a community"
	aboutRequest   = "a request"
	aboutToken     = "a token of a user"
	aboutNothing   = "nothing that was named"
)

// subjects says of every method that needs a permission what it is about. A new
// one fails the matrix until it is listed.
func subjects() map[string]string {
	return map[string]string{
		"ResetPassword": aboutUser, "Verify": aboutUser, "Reset": aboutUser, "ShowUser": aboutUser, "UpdateUser": aboutUser,
		"LockUser": aboutUser, "UnlockUser": aboutUser, "DeleteUser": aboutUser, "RevokeSessions": aboutUser, "CheckCode": aboutUser,
		"CreateToken": aboutUser, "ListTokens": aboutCommunity, "RevokeToken": aboutToken,
		"CreateUser": aboutRole, "ListUsers": aboutCommunity, "ListSessions": aboutCommunity, "ListRoles": aboutCommunity,
		"CreateRole": aboutCommunity, "UpdateRole": aboutCommunity, "DeleteRole": aboutCommunity,
		"ListCommunities": aboutNothing, "CreateCommunity": aboutCommunity, "UpdateCommunity": aboutCommunity,
		"ShowPolicy": aboutCommunity, "SetPolicy": aboutCommunity, "ListEvents": aboutCommunity, "ListRequests": aboutCommunity,
		"ShowRequest": aboutRequest, "Approve": aboutRequest, "Deny": aboutRequest,
	}
}

// matrix is a world of four communities with somebody of every role in each.
type matrix struct {
	*world
	actors   map[mfa.Role]*person // of the community Own
	grants   map[mfa.Role]mfa.Grant
	requests map[string]string // one in each community
	tokens   map[string]string // one of everybody who may have one, by address
	places   map[string]string // the names of the communities, by id
}

// places are the communities, seen from Own: whether an actor there reaches them.
var places = map[string]bool{"Acme": false, "Own": true, "Child": true, "Foreign": false}

func target(place string, role mfa.Role) string {
	return string(role) + "@" + strings.ToLower(place) + ".test"
}

// robot is the address of the service account beside a user, of the same role: a token is of
// such an account, or of its creator.
func robot(user string) string { return "ci." + user }

func localRole(place string) mfa.Role { return mfa.Role("local-" + strings.ToLower(place)) }

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{world: newWorld(t), actors: map[mfa.Role]*person{}, grants: map[mfa.Role]mfa.Grant{}, requests: map[string]string{}, tokens: map[string]string{}}
	acme := m.admin.community()
	own := m.community("Own", acme)
	m.places = map[string]string{acme: "Acme", own: "Own", m.community("Child", own): "Child", m.community("Foreign", ""): "Foreign"}
	for _, g := range mfa.Roles() {
		m.grants[g.Role] = g
	}
	for role, permissions := range map[mfa.Role][]mfa.Permission{
		"desk": {mfa.UsersRead, mfa.TwoFactorReset, mfa.RequestsApprove}, "checker": {mfa.TwoFactorVerify},
	} {
		m.grants[role] = mfa.Grant{Role: role, Permissions: permissions}
		for _, place := range []string{"Acme", "Foreign"} { // Own and Child know those of Acme
			_, err := m.CreateRole(m.admin.ctx(), mfa.CreateRoleRequest{Name: role, Community: place, Permissions: permissions})
			ok(t, err)
		}
	}
	for place := range places {
		_, err := m.CreateRole(m.admin.ctx(), mfa.CreateRoleRequest{Name: localRole(place), Community: place})
		ok(t, err)
		for role := range m.grants {
			_, err := m.CreateUser(m.admin.ctx(), mfa.CreateUserRequest{Email: target(place, role), Role: role, Community: place})
			ok(t, err)
			_, err = m.CreateUser(m.admin.ctx(), mfa.CreateUserRequest{Email: robot(target(place, role)), Role: role, Community: place, Service: true})
			ok(t, err)
			if some := m.grants[role].Permissions; len(some) > 0 {
				m.tokens[target(place, role)] = m.issue(robot(target(place, role)), "any", some[0]).ID
			}
		}
		for _, email := range []string{"asked@" + place + ".test", "spare@" + place + ".test"} { // and nobody is the last administrator
			role := mfa.RoleMember
			if email[0] == 's' {
				role = mfa.RoleAdmin
			}
			_, err := m.CreateUser(m.admin.ctx(), mfa.CreateUserRequest{Email: email, Role: role, Community: place})
			ok(t, err)
		}
		out, err := m.ResetPassword(m.admin.ctx(), mfa.ResetPasswordRequest{User: "asked@" + place + ".test", Password: m.admin.password, Request: true})
		ok(t, err)
		m.requests[place] = out.Request.ID
	}
	for role := range m.grants {
		p := m.userIn("Own", string(role)+"@actor.example", role)
		p.enable()
		m.actors[role] = p
	}
	return m
}

func TestEveryRoleMeetsEveryRoleInEveryCommunity(t *testing.T) {
	m := newMatrix(t)
	t.Run("in lists", m.inLists)
	t.Run("in every method", m.inEveryMethod)
}

// inLists looks at every list, as every role that may read it sees it: all communities that are
// reached, and no other.
func (m *matrix) inLists(t *testing.T) {
	for place := range places { // somebody is signed in everywhere
		m.userIn(place, "in@"+place+".test", mfa.RoleMember)
	}
	for _, rule := range mfa.Rules() {
		if !strings.HasPrefix(rule.Method, "List") || rule.Method == "ListRoles" { // those of one community, with its parents'
			continue
		}
		for role, actor := range m.actors {
			grant := m.grants[role]
			if !grant.Has(rule.Permission) {
				continue
			}
			seen := m.communitiesIn(actor, rule.Method)
			for place, reached := range places {
				if want := reached || grant.Everywhere; seen[place] != want {
					t.Errorf("%s by a %s of Own shows those of %s: %v, want %v", rule.Method, role, place, seen[place], want)
				}
			}
		}
	}
}

// communitiesIn returns the names of the communities that a list is about.
func (m *matrix) communitiesIn(p *person, method string) map[string]bool {
	m.t.Helper()
	list := reflect.ValueOf(m.Engine).MethodByName(method)
	out := list.Call([]reflect.Value{reflect.ValueOf(p.ctx()), reflect.Zero(list.Type().In(1))})
	if err, failed := reflect.TypeAssert[error](out[1]); failed {
		m.t.Fatalf("%s by %s: %v", method, p.email, err)
	}
	seen := map[string]bool{}
	items := out[0].FieldByName("Items")
	for i := range items.Len() {
		switch item := items.Index(i).Interface().(type) {
		case mfa.CommunityInfo:
			seen[item.Name] = true
		case mfa.Event:
			seen[m.places[item.CommunityID]] = true
		default:
			seen[items.Index(i).FieldByName("Community").String()] = true
		}
	}
	return seen
}

// inEveryMethod has every role call every method that needs a permission on every role in
// every community: what the tables say is what comes of it. With -short each method meets
// each role once.
func (m *matrix) inEveryMethod(t *testing.T) {
	seen := map[string]int{}
	for _, rule := range mfa.Rules() {
		if rule.Permission == "" {
			continue
		}
		about, ok := subjects()[rule.Method]
		if !ok {
			t.Errorf("%s is not in the matrix", rule.Method)
		}
		all := m.cells(about)
		for _, role := range slices.Sorted(maps.Keys(m.actors)) {
			actor, tried := m.actors[role], all
			if testing.Short() {
				tried = one(all, rule.Method+" by "+string(role))
			}
			for _, c := range tried {
				reached := places[c.place] || m.grants[role].Everywhere || about == aboutNothing
				err := m.attempt(actor, rule, c.place, target(c.place, c.other), c.subject, c.other)
				seen[m.cell(t, rule, about, role, c.place, c.other, reached, err)]++
			}
			if rule.NotSelf {
				err := m.attempt(actor, rule, "Own", actor.email, "", role)
				if codeOf(err) != mfa.Forbidden {
					t.Errorf("%s by a %s on themselves: %v", rule.Method, role, err)
				}
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("not every sort of answer was seen: %v", seen)
	}
	t.Logf("cells: %v", seen)
}

// one returns one of the cells. The choice follows from the name alone, so that a method that
// is added later changes nothing for the others.
func one(all []cell, name string) []cell {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	n := int(h.Sum32() % uint32(len(all))) //nolint:gosec // G115: a few dozen cells
	return all[n : n+1]
}

// cell is whom a method is called on.
type cell struct {
	place   string
	other   mfa.Role
	subject string // the id of a request or of a token
}

// cells are all whom a method can be called on, in the same order in every run.
func (m *matrix) cells(about string) (all []cell) {
	for _, place := range slices.Sorted(maps.Keys(places)) {
		for _, other := range slices.Sorted(maps.Keys(m.grants)) {
			subject := m.requests[place]
			if about == aboutToken {
				subject = m.tokens[target(place, other)]
			}
			if about != aboutUser && about != aboutRole && about != aboutToken && other != mfa.RoleMember || subject == "" {
				continue // it is about nobody
			}
			all = append(all, cell{place, other, subject})
		}
	}
	return all
}

// cell compares one answer with what the tables say, and returns what they say.
func (m *matrix) cell(t *testing.T, rule mfa.Rule, about string, role mfa.Role, place string, other mfa.Role, reached bool, err error) string {
	t.Helper()
	actor, got := m.grants[role], codeOf(err)
	want := "done"
	switch {
	case !actor.Has(rule.Permission):
		want = string(mfa.Forbidden)
	case !reached && about == aboutUser && !actor.Has(mfa.UsersRead):
		want = string(mfa.Rejected)
	case !reached:
		want = string(mfa.NotFound)
	case rule.Method == "Deny" && !actor.Has(mfa.RequestsApprove): // none of these is their own
		want = string(mfa.Forbidden)
	case (about == aboutUser || about == aboutToken) && rule.Changes && !rule.AboveToo && !actor.Covers(m.grants[other]):
		want = string(mfa.Forbidden)
	case rule.Method == "CreateToken" && len(m.grants[other].Permissions) == 0: // it could do nothing
		want = string(mfa.Forbidden)
	case about == aboutRole && !actor.Covers(m.grants[other]):
		want = string(mfa.Forbidden)
	}
	refused := []mfa.Code{mfa.Forbidden, mfa.Unauthenticated, mfa.NotFound}
	if want != "done" && got != mfa.Code(want) || want == "done" && slices.Contains(refused, got) {
		t.Errorf("%s by a %s of Own, about a %s of %s: %v, and the tables say %s", rule.Method, role, other, place, err, want)
	}
	return want
}

func codeOf(err error) mfa.Code {
	if err == nil {
		return ""
	}
	return mfa.AsError(err).Code
}

// attempt calls a method, as a dry run where it has one.
func (m *matrix) attempt(p *person, rule mfa.Rule, place, user, id string, role mfa.Role) error {
	method := reflect.ValueOf(p.w.Engine).MethodByName(rule.Method)
	req := reflect.New(method.Type().In(1)).Elem()
	set := func(name string, value any) {
		if f := req.FieldByName(name); f.IsValid() {
			f.Set(reflect.ValueOf(value).Convert(f.Type()))
		}
	}
	set("User", user)
	set("Community", place)
	set("Parent", "")
	set("ID", id)
	set("Role", role)
	set("DryRun", true)
	set("Rules", map[string]string{"lockout": "4"})
	set("Code", mfa.NewSecret("000000"))
	switch rule.Method {
	case "CreateUser":
		set("Email", "new."+user)
	case "UpdateUser":
		set("Role", "")
		set("Email", "new."+user)
	case "CreateToken":
		set("For", robot(user))
		set("Name", "another")
		set("Permissions", append(slices.Clone(m.grants[role].Permissions), mfa.UsersRead)[:1])
	case "CreateRole":
		set("Name", "another")
		set("Permissions", []mfa.Permission{})
	case "UpdateRole", "DeleteRole":
		set("Name", localRole(place))
	case "CreateCommunity":
		set("Name", "Another")
		set("Parent", place)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(p.ctx()), req})
	err, _ := reflect.TypeAssert[error](out[1])
	return err
}
