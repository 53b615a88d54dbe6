package engine_test

import (
	"fmt"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// hang gives a community another parent, as the operator does.
func (w *world) hang(community, parent string) error {
	_, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: community, Parent: parent})
	return err
}

func TestACommunityHangsWhereNothingBreaks(t *testing.T) {
	w := newWorld(t)
	for _, c := range [][2]string{{"A", ""}, {"B", "A"}, {"C", "B"}} {
		_, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: c[0], Parent: c[1]})
		ok(t, err)
	}
	again, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "C", Parent: "B"})
	ok(t, err)
	if again.Changed || again.Community.Parent != "B" {
		t.Errorf("%+v", again)
	}
	_, err = w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "C", Parent: "A"})
	code(t, err, mfa.Conflict)
	code(t, w.hang("A", "C"), mfa.Conflict) // a circle
	code(t, w.hang("A", "A"), mfa.Conflict)
	code(t, w.hang("C", "nowhere"), mfa.NotFound)
	ok(t, w.role("B", "desk"))
	w.userIn("C", "bob@acme.example", "desk")
	code(t, w.hang("C", "A"), mfa.Conflict) // bob's role would not be known
	_, err = w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: "bob@acme.example", Role: mfa.RoleMember})
	ok(t, err)
	ok(t, w.hang("C", "A"))
	ok(t, w.role("C", "desk", mfa.UsersRead)) // B is no longer above
	code(t, w.hang("C", "B"), mfa.Conflict)   // two roles of one name would meet
	_, err = w.DeleteRole(w.admin.ctx(), mfa.DeleteRoleRequest{Name: "desk", Community: "C"})
	ok(t, err)
	_, err = w.set("C", map[string]string{"methods": "hotp"})
	ok(t, err)
	_, err = w.set("B", map[string]string{"methods": "totp"})
	ok(t, err)
	code(t, w.hang("C", "B"), mfa.Conflict) // no method would be left
	out, err := w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "C", Name: "Sea", Top: true})
	ok(t, err)
	if out.Community.Name != "Sea" || out.Community.Parent != "" {
		t.Errorf("%+v", out)
	}
	if ev := w.recorded(mfa.ActCommunityEdit, mfa.OutcomeOK); ev.Note != "C, below A, to Sea, below none" {
		t.Errorf("%q", ev.Note)
	}
}

// A name means what its community says: under another parent it may give more,
// and nobody is promoted by a move of their community.
func TestARoleIsNotTakenForAnotherOfItsName(t *testing.T) {
	w := newWorld(t)
	w.community("Left", "")
	w.community("Right", "")
	w.community("Below", "Left")
	ok(t, w.role("Left", "desk", mfa.UsersRead))
	ok(t, w.role("Right", "desk", mfa.UsersRead, mfa.TwoFactorReset))
	bob := w.userIn("Below", "bob@acme.example", "desk")
	code(t, w.hang("Below", "Right"), mfa.Conflict)
	_, err := w.UpdateUser(w.admin.ctx(), mfa.UpdateUserRequest{User: bob.email, Role: mfa.RoleMember})
	ok(t, err)
	ok(t, w.hang("Below", "Right"))
}

// A community is named by its name or its id, so that no name may be the id of
// another: what is meant for that one would be done here.
func TestNoCommunityIsNamedLikeAnId(t *testing.T) {
	w := newWorld(t)
	_, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: w.admin.community()})
	code(t, err, mfa.Usage)
	_, err = w.UpdateCommunity(w.admin.ctx(), mfa.UpdateCommunityRequest{Community: "Acme", Name: w.admin.community()})
	code(t, err, mfa.Usage)
}

func TestCommunitiesDoNotNestWithoutEnd(t *testing.T) {
	w := newWorld(t)
	below := "Acme"
	for n := 2; n <= 31; n++ {
		name := fmt.Sprintf("Level %d", n)
		w.community(name, below)
		below = name
	}
	_, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "Too deep", Parent: below})
	code(t, err, mfa.Usage)
	w.community("Two", "")
	w.community("of them", "Two")
	code(t, w.hang("Two", "Level 30"), mfa.Usage)
	ok(t, w.hang("Two", "Level 29"))
	w.userIn("of them", "bob@acme.example", mfa.RoleMember)
}

func TestACommunityChangedInTheDatabaseIsNotTakenForTheSame(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	w.sql(`UPDATE communities SET parent_id = (SELECT id FROM communities WHERE name = 'Acme') WHERE name = 'Other'`)
	_, err := w.CreateCommunity(w.admin.ctx(), mfa.CreateCommunityRequest{Name: "Other", Parent: "Acme"})
	code(t, err, mfa.Damaged)
}

// Who reaches a community is for those to change who reach them all.
func TestAnAdministratorMakesCommunitiesBelowTheirOwnOnly(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	boss := w.userIn("Child", "boss@acme.example", mfa.RoleAdmin)
	boss.enable()
	for name, c := range map[string]struct {
		req  mfa.CreateCommunityRequest
		want mfa.Code
	}{
		"below their own": {mfa.CreateCommunityRequest{Name: "Below"}, ""}, "above": {mfa.CreateCommunityRequest{Name: "Beside", Parent: "Acme"}, mfa.NotFound},
		"at the top": {mfa.CreateCommunityRequest{Name: "Top", Top: true}, mfa.Forbidden}, "of a taken name": {mfa.CreateCommunityRequest{Name: "Acme"}, mfa.Conflict},
		"of no name": {mfa.CreateCommunityRequest{}, mfa.Usage}, "with a colon": {mfa.CreateCommunityRequest{Name: "a:b"}, mfa.Usage},
	} {
		if _, err := w.CreateCommunity(boss.ctx(), c.req); codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.UpdateCommunity(boss.ctx(), mfa.UpdateCommunityRequest{Community: "Below", Top: true})
	code(t, err, mfa.Forbidden)
	_, err = w.CreateCommunity(boss.ctx(), mfa.CreateCommunityRequest{Name: "Deeper", Parent: "Below"})
	ok(t, err)
	_, err = w.UpdateCommunity(boss.ctx(), mfa.UpdateCommunityRequest{Community: "Deeper", Parent: "Child"})
	code(t, err, mfa.Forbidden)
	_, err = w.UpdateCommunity(boss.ctx(), mfa.UpdateCommunityRequest{Community: "Below", Name: "Beneath"})
	ok(t, err)
	page, err := w.ListCommunities(boss.ctx(), mfa.ListCommunitiesRequest{})
	ok(t, err)
	if len(page.Items) != 3 || page.Items[0].Name != "Beneath" || page.Items[0].Parent != "Child" || page.Items[1].Parent != "" {
		t.Errorf("%+v", page.Items)
	}
}
