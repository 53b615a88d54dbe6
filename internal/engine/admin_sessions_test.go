package engine_test

import (
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestSessionsAreListedAndEnded(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	first := bob.token
	bob.login("")
	w.clock.Advance(time.Minute)
	eve := w.user("eve@acme.example", mfa.RoleMember)
	list := func(req mfa.ListSessionsRequest) []mfa.SessionInfo {
		page, err := w.ListSessions(w.admin.ctx(), req)
		ok(t, err)
		return page.Items
	}
	all := list(mfa.ListSessionsRequest{})
	current := 0
	for _, s := range all {
		if s.Current {
			current++
			if s.User != w.admin.email || s.Level != mfa.LevelMFA || s.Method != mfa.KindTOTP {
				t.Errorf("%+v", s)
			}
		}
	}
	if len(all) != 4 || current != 1 {
		t.Fatalf("%d sessions, %d current: %+v", len(all), current, all)
	}
	of := list(mfa.ListSessionsRequest{User: bob.email})
	if len(of) != 2 {
		t.Fatalf("bob has %d", len(of))
	}
	// One by its id, then the rest; the user hears of it.
	out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email, Session: of[0].ID, Change: mfa.Change{DryRun: true}})
	ok(t, err)
	if out.Ended != 1 || len(list(mfa.ListSessionsRequest{User: bob.email})) != 2 {
		t.Errorf("a dry run ended something: %+v", out)
	}
	_, err = w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email, Session: of[0].ID})
	ok(t, err)
	alive := 0
	for _, token := range []mfa.Secret{first, bob.token} {
		if _, err := w.WhoAmI(mfa.WithCall(t.Context(), mfa.Call{Token: token}), mfa.WhoAmIRequest{}); err == nil {
			alive++
		}
	}
	if alive != 1 {
		t.Errorf("%d of bob's sessions are alive", alive)
	}
	for _, id := range []string{of[0].ID, "0", "0000000000000000"} {
		_, err = w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email, Session: id})
		code(t, err, mfa.NotFound)
	}
	rest, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
	ok(t, err)
	if rest.Ended != 1 || !rest.Changed {
		t.Errorf("%+v", rest)
	}
	none, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email})
	ok(t, err)
	if none.Changed {
		t.Error("nothing to end, and changed")
	}
	if w.mails(bob.email, mfa.NoticeSessionsEnded) != 2 {
		t.Error("bob is not told")
	}
	w.recorded(mfa.ActSessionRevoke, mfa.OutcomeOK)
	// What the policy has ended is not listed.
	w.clock.Advance(31 * time.Minute)
	w.admin.refresh()
	if got := list(mfa.ListSessionsRequest{User: eve.email}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A page may be short, or empty, where sessions have ended that are in the store
// still: the next one goes on.
func TestSessionsAreListedPageByPage(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"a", "b"} {
		w.user(name+"@acme.example", mfa.RoleMember)
	}
	w.clock.Advance(31 * time.Minute) // they are idle now
	w.admin.refresh()
	late := w.user("late@acme.example", mfa.RoleMember)
	seen := map[string]int{}
	req := mfa.ListSessionsRequest{Limit: 1}
	for pages := 0; ; pages++ {
		page, err := w.ListSessions(w.admin.ctx(), req)
		ok(t, err)
		for _, s := range page.Items {
			seen[s.User]++
		}
		if req.After = page.Next; page.Next == "" {
			break
		}
		if pages > 20 {
			t.Fatal("the list never ends")
		}
	}
	if len(seen) != 2 || seen[late.email] != 1 || seen[w.admin.email] != 1 {
		t.Errorf("%v", seen)
	}
}

// What is idle could be woken by a milder rule, and a sign-in that waits for its
// code could be finished: both end with the sessions.
func TestNothingIsLeftOfRevokedSessions(t *testing.T) {
	w := newWorld(t)
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	idle := bob.token
	w.clock.Advance(31 * time.Minute)
	w.admin.refresh()
	waiting := bob.login("")
	if waiting.Level != mfa.LevelChallenge {
		t.Fatalf("%+v", waiting)
	}
	out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: bob.email, Change: mfa.Change{Reason: "stolen laptop"}})
	ok(t, err)
	if out.Ended != 1 {
		t.Errorf("%+v", out)
	}
	_, err = w.set("", map[string]string{"session_idle": "1h"})
	ok(t, err)
	_, err = w.WhoAmI(mfa.WithCall(t.Context(), mfa.Call{Token: idle}), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
	_, err = w.Answer(t.Context(), mfa.AnswerRequest{Challenge: waiting.Token, Code: bob.code()})
	code(t, err, mfa.Unauthenticated)
	if ev := w.recorded(mfa.ActSessionRevoke, mfa.OutcomeOK); ev.Note != "1 session" || ev.Target != bob.email || ev.Reason != "stolen laptop" {
		t.Errorf("%+v", ev)
	}
}

func TestOnesOwnSessionIsRevokedLikeAnyOther(t *testing.T) {
	w := newWorld(t)
	out, err := w.RevokeSessions(w.admin.ctx(), mfa.RevokeSessionsRequest{User: w.admin.email})
	ok(t, err)
	if !out.Changed || out.Ended != 1 {
		t.Errorf("%+v", out)
	}
	_, err = w.WhoAmI(w.admin.ctx(), mfa.WhoAmIRequest{})
	code(t, err, mfa.Unauthenticated)
}

func TestASessionChangedInTheDatabaseIsNotListed(t *testing.T) {
	w := newWorld(t)
	w.user("bob@acme.example", mfa.RoleMember)
	w.sql(`UPDATE sessions SET last_seen_at = last_seen_at + 1 WHERE level = 'password'`)
	page, err := w.ListSessions(w.admin.ctx(), mfa.ListSessionsRequest{})
	ok(t, err)
	if len(page.Items) != 1 || len(page.Damaged) != 1 || page.Damaged[0].Sort != "session" || len(page.Damaged[0].ID) != 16 {
		t.Errorf("%+v", page)
	}
}

func TestAListOfSessionsKeepsToItsCommunities(t *testing.T) {
	w := newWorld(t)
	w.community("Other", "")
	w.userIn("Other", "stranger@other.example", mfa.RoleMember)
	boss := w.user("boss@acme.example", mfa.RoleAuditor)
	page, err := w.ListSessions(boss.ctx(), mfa.ListSessionsRequest{})
	ok(t, err)
	for _, s := range page.Items {
		if s.Community != "Acme" {
			t.Errorf("%+v", s)
		}
	}
	_, err = w.ListSessions(boss.ctx(), mfa.ListSessionsRequest{User: "stranger@other.example"})
	code(t, err, mfa.NotFound)
	_, err = w.ListSessions(boss.ctx(), mfa.ListSessionsRequest{Community: "Other"})
	code(t, err, mfa.NotFound)
}

func TestTheAuditTrailIsFiltered(t *testing.T) {
	w := newWorld(t)
	w.community("Child", w.admin.community())
	bob := w.user("bob@acme.example", mfa.RoleMember)
	bob.enable()
	carl := w.userIn("Child", "carl@acme.example", mfa.RoleMember)
	begun := w.clock.Now()
	w.clock.Advance(time.Minute)
	bob.reset()
	_, err := w.DeleteUser(w.admin.ctx(), mfa.DeleteUserRequest{User: bob.email})
	ok(t, err)
	_, err = w.ListUsers(carl.ctx(), mfa.ListUsersRequest{})
	code(t, err, mfa.Forbidden)
	count := func(req mfa.ListEventsRequest) int {
		page, err := w.ListEvents(w.admin.ctx(), req)
		ok(t, err)
		return len(page.Items)
	}
	for name, c := range map[string]struct {
		req  mfa.ListEventsRequest
		want int
	}{
		"an action":               {mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActReset}}, 1},
		"two actions":             {mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActReset, mfa.ActUserDelete}}, 2},
		"refusals":                {mfa.ListEventsRequest{Outcome: mfa.OutcomeRefused}, 1},
		"a target who is gone":    {mfa.ListEventsRequest{Target: bob.email, Actions: []mfa.Action{mfa.ActReset}}, 1},
		"an actor who is gone":    {mfa.ListEventsRequest{Actor: bob.email, Actions: []mfa.Action{mfa.ActEnable}}, 1},
		"a community":             {mfa.ListEventsRequest{Community: "Child", Actions: []mfa.Action{mfa.ActUserCreate}}, 1},
		"before the minute":       {mfa.ListEventsRequest{Until: begun.Add(time.Minute), Actions: []mfa.Action{mfa.ActReset}}, 0},
		"from the minute on":      {mfa.ListEventsRequest{Since: begun.Add(time.Minute), Actions: []mfa.Action{mfa.ActReset}}, 1},
		"actor, target and since": {mfa.ListEventsRequest{Actor: w.admin.email, Target: bob.email, Since: begun.Add(time.Second)}, 3},
	} {
		if got := count(c.req); got != c.want {
			t.Errorf("%s: %d events", name, got)
		}
	}
	for _, req := range []mfa.ListEventsRequest{
		{Actions: []mfa.Action{"2fa.rest"}}, {Outcome: "maybe"}, {Since: begun, Until: begun},
	} {
		_, err := w.ListEvents(w.admin.ctx(), req)
		code(t, err, mfa.Usage)
	}
	_, err = w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Target: "nobody@acme.example"})
	code(t, err, mfa.NotFound)
}

func TestASlipOfTheKeyboardIsAnsweredWithTheNearestName(t *testing.T) {
	w := newWorld(t)
	w.user("alice@acme.example", mfa.RoleMember)
	w.community("Other", "")
	w.userIn("Other", "bob@other.example", mfa.RoleMember)
	boss := w.user("boss@acme.example", mfa.RoleAdmin)
	for typed, hint := range map[string]string{
		"alcie@acme.example": "did you mean alice@acme.example?", "alice@acme.exmaple": "did you mean alice@acme.example?",
		"ALICIA@acme.example": "did you mean alice@acme.example?", "alice": "",
		"bib@other.example": "", "zoe@acme.example": "",
	} {
		_, err := w.ShowUser(boss.ctx(), mfa.ShowUserRequest{User: typed})
		code(t, err, mfa.NotFound)
		if got := mfa.AsError(err).Hint; got != hint {
			t.Errorf("%s: %q", typed, got)
		}
	}
	_, err := w.ListEvents(w.admin.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{"2fa.rest"}})
	if got := mfa.AsError(err).Hint; got != "did you mean 2fa.reset?" {
		t.Errorf("%q", got)
	}
}
