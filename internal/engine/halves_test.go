package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// standing is a world of a month's standing: two operators, Ann and Ben, whom nobody
// controls, and Tom, a member with 2FA.
func standing(t *testing.T) (w *world, ann, ben, tom *person) {
	t.Helper()
	w = newWorld(t)
	ann, ben = w.user("ann@acme.example", mfa.RoleOperator), w.user("ben@acme.example", mfa.RoleOperator)
	tom = w.user("tom@acme.example", mfa.RoleMember)
	for _, p := range []*person{ann, ben, tom} {
		p.enable()
	}
	w.community("Branch", w.admin.community())
	w.clock.Advance(30 * 24 * time.Hour)
	for _, p := range []*person{w.admin, ann, ben} {
		p.refresh()
	}
	return w, ann, ben, tom
}

// relation is how a second person comes to depend on Ann, or not.
type relation struct {
	lay         func(f *world, ann, ben *person) *person
	independent bool
	self        bool // the second person is Ann
}

// relations are the rows of O1 and O3.
func relations(t *testing.T) map[string]relation {
	t.Helper()
	made := func(by *person, email string) *person { return by.made(email, mfa.RoleOperator) }
	return map[string]relation{
		"independent": {independent: true, lay: func(_ *world, _, ben *person) *person { return ben }},
		"self":        {self: true, lay: func(_ *world, ann, _ *person) *person { return ann }},
		"made":        {lay: func(_ *world, ann, _ *person) *person { return made(ann, "made@acme.example") }},
		"promoted": {lay: func(f *world, ann, _ *person) *person {
			p := f.user("promoted@acme.example", mfa.RoleMember)
			p.enable()
			_, err := f.UpdateUser(ann.ctx(), mfa.UpdateUserRequest{User: p.email, Role: mfa.RoleOperator})
			ok(t, err)
			p.refresh()
			return p
		}},
		"moved": {lay: func(f *world, ann, ben *person) *person {
			_, err := f.UpdateUser(ann.ctx(), mfa.UpdateUserRequest{User: ben.email, Community: "Branch"})
			ok(t, err)
			ben.refresh()
			return ben
		}},
		"reactivated": {lay: func(f *world, ann, ben *person) *person {
			for _, status := range []mfa.UserStatus{mfa.UserDeactivated, mfa.UserActive} {
				_, err := f.UpdateUser(ann.ctx(), mfa.UpdateUserRequest{User: ben.email, Status: status})
				ok(t, err)
			}
			ben.refresh()
			return ben
		}},
		"renamed": {lay: func(f *world, ann, ben *person) *person {
			out, err := f.UpdateUser(ann.ctx(), mfa.UpdateUserRequest{User: ben.email, Email: "benno@acme.example", Request: true})
			ok(t, err)
			_, err = f.admin.approve(out.Request.ID)
			ok(t, err)
			ben.email = "benno@acme.example"
			ben.refresh()
			return ben
		}},
		"half open": {lay: func(_ *world, ann, ben *person) *person {
			out, err := ann.reset2FA(ben.email, false)
			ok(t, err)
			ben.login(out.RecoveryCode.Reveal())
			ben.enable()
			return ben
		}},
		"made by a token of the same": {lay: func(f *world, ann, _ *person) *person {
			f.service("ci@acme.example", mfa.RoleOperator)
			out, err := f.CreateToken(ann.ctx(), mfa.CreateTokenRequest{For: "ci@acme.example", Name: "job", Permissions: mfa.Permissions()})
			ok(t, err)
			_, err = f.CreateUser((&person{w: f, token: out.Token}).ctx(), mfa.CreateUserRequest{
				Email: "puppet@acme.example", NewPassword: mfa.NewSecret("a password of the puppet"),
			})
			ok(t, err)
			p := &person{w: f, email: "puppet@acme.example", password: mfa.NewSecret("a password of the puppet")}
			p.login("")
			p.enable()
			f.edit(p.email, func(u *mfa.User) { u.Role = mfa.RoleOperator }) // a role that it got long ago
			return p
		}},
		"chain of two": {lay: func(_ *world, ann, _ *person) *person {
			return made(made(ann, "first@acme.example"), "second@acme.example")
		}},
		"deleted link": {lay: func(f *world, ann, _ *person) *person {
			first := made(ann, "first@acme.example")
			second := made(first, "second@acme.example")
			_, err := f.DeleteUser(f.admin.ctx(), mfa.DeleteUserRequest{User: first.email})
			ok(t, err)
			return second
		}},
	}
}

// half does one half of an account, or files it.
func (p *person) half(what mfa.HalfKind, user string, ask bool) (id string, _ error) {
	if what == mfa.HalfPassword {
		out, err := p.resetPassword(user, ask)
		return requestOf(out.Request), err
	}
	out, err := p.reset2FA(user, ask)
	return requestOf(out.Request), err
}

// O1: while one half is open, the other is done and approved only by somebody independent.
func TestTheOtherHalfIsForSomebodyIndependent(t *testing.T) {
	before, ann0, ben0, tom := standing(t)
	for name, r := range relations(t) {
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			ann := ann0.in(w)
			second := r.lay(w, ann, ben0.in(w))
			want := mfa.PolicyForbids
			if r.independent {
				want = ""
			}
			for _, rule := range []string{"both", "privileged", "always"} {
				for _, first := range []mfa.HalfKind{mfa.HalfPassword, mfa.HalfFactor} {
					f := w.fork(t)
					a, s := ann.in(f), second.in(f)
					_, err := a.half(first, tom.email, false)
					ok(t, err)
					_, err = f.set("", map[string]string{"reset_approval": rule})
					ok(t, err)
					if rule != "always" {
						_, err = s.in(f.fork(t)).half(first.Other(), tom.email, false)
						refusal(t, err, want, wordsOf(want, string(first)+" half of tom@acme.example is open since", "could approve it", "from 20")...)
					}
					id, err := a.half(first.Other(), tom.email, true)
					ok(t, err)
					_, err = s.approve(id)
					code(t, err, want)
				}
			}
		})
	}
}

func wordsOf(want mfa.Code, words ...string) []string {
	if want == "" {
		return nil
	}
	return words
}

// O1 from the other side: what the person asks for whom Ann controls, Ann does not approve.
func TestTheControllerOfTheRequesterApprovesNothing(t *testing.T) {
	before, ann0, ben0, tom := standing(t)
	for name, r := range relations(t) {
		if r.self {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			ann := ann0.in(w)
			id, err := r.lay(w, ann, ben0.in(w)).half(mfa.HalfFactor, tom.email, true)
			ok(t, err)
			_, err = ann.approve(id)
			if r.independent {
				ok(t, err)
				return
			}
			refusal(t, err, mfa.PolicyForbids, "two-person rule", "could approve it")
		})
	}
}

// Two accounts of one administrator are one hand.
func TestTwoPuppetsOfOnePersonAreOnePerson(t *testing.T) {
	w, ann, _, tom := standing(t)
	p1, p2 := ann.made("p1@acme.example", mfa.RoleAdmin), ann.made("p2@acme.example", mfa.RoleAdmin)
	id, err := p1.half(mfa.HalfPassword, tom.email, true)
	ok(t, err)
	_, err = p2.approve(id)
	refusal(t, err, mfa.PolicyForbids, "ann@acme.example controls both you and p1@acme.example")
	_, err = w.set("", map[string]string{"reset_approval": "always"})
	ok(t, err)
	_, err = ann.approve(id) // the rules changed as well
	code(t, err, mfa.Conflict)
}

// O3: nobody resets, deletes or changes the address of an account that controls them.
func TestNobodyActsOnAnAccountThatControlsThem(t *testing.T) {
	before, ann0, ben0, _ := standing(t)
	for name, r := range relations(t) {
		if r.self {
			continue
		}
		t.Run(name, func(t *testing.T) {
			w := before.fork(t)
			ann := ann0.in(w)
			p := r.lay(w, ann, ben0.in(w))
			for what, act := range map[string]func(p *person) error{
				"reset":    func(p *person) error { _, err := p.half(mfa.HalfFactor, ann.email, false); return err },
				"password": func(p *person) error { _, err := p.half(mfa.HalfPassword, ann.email, false); return err },
				"request":  func(p *person) error { _, err := p.half(mfa.HalfPassword, ann.email, true); return err },
				"delete": func(p *person) error {
					_, err := p.w.DeleteUser(p.ctx(), mfa.DeleteUserRequest{User: ann.email})
					return err
				},
				"address": func(p *person) error {
					_, err := p.w.UpdateUser(p.ctx(), mfa.UpdateUserRequest{User: ann.email, Email: "anna@acme.example", Request: true})
					return err
				},
			} {
				err := act(p.in(w.fork(t)))
				if r.independent {
					code(t, err, "")
					continue
				}
				if mfa.AsError(err).Code != mfa.Forbidden {
					t.Errorf("%s: %v", what, err)
					continue
				}
				refusal(t, err, mfa.Forbidden, "ann@acme.example controls your account", "could do it")
			}
		})
	}
}

// A half closes a day later once the user has signed in with the other half, and after a week.
func TestAHalfClosesWhenTheUserSignsInWithTheOther(t *testing.T) {
	before, ann0, _, tom0 := standing(t)
	for what, signIn := range map[mfa.HalfKind]func(t *testing.T, ann, tom *person){
		mfa.HalfPassword: func(t *testing.T, ann, tom *person) {
			t.Helper()
			out, err := ann.resetPassword(tom.email, false)
			ok(t, err)
			tom.password = mfa.NewSecret("another password of his own")
			tom.w.clock.Advance(time.Minute)
			_, err = tom.w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: tom.email, Code: out.Code, NewPassword: tom.password})
			ok(t, err)
			tom.refresh()
		},
		mfa.HalfFactor: func(t *testing.T, ann, tom *person) {
			t.Helper()
			out, err := ann.reset2FA(tom.email, false)
			ok(t, err)
			tom.w.clock.Advance(time.Minute)
			tom.login(out.RecoveryCode.Reveal())
			tom.enable()
		},
	} {
		t.Run(string(what), func(t *testing.T) {
			w := before.fork(t)
			ann, tom := ann0.in(w), tom0.in(w)
			begun := w.clock.Now()
			signIn(t, ann, tom)
			for after, want := range map[time.Duration]mfa.Code{mfa.HalfMin - time.Second: mfa.PolicyForbids, mfa.HalfMin: ""} {
				f := w.fork(t)
				f.clock.Set(begun.Add(after))
				a := ann.in(f)
				a.refresh()
				_, err := a.half(what.Other(), tom.email, false)
				refusal(t, err, want, wordsOf(want, "you did", begun.Add(mfa.HalfMin).Format(time.RFC3339))...)
			}
		})
	}
}

// The creator of an account may do both halves while it was never used. From its first use
// on they count as open.
func TestTheCreatorDoesBothHalvesUntilTheFirstUse(t *testing.T) {
	w, ann, ben, _ := standing(t)
	made, err := w.CreateUser(ann.ctx(), mfa.CreateUserRequest{Email: "new@acme.example"})
	ok(t, err)
	w.edit("new@acme.example", func(u *mfa.User) { u.State = mfa.StateRecovering }) // as a factor that was enrolled for it
	change := mfa.Change{DryRun: true}
	_, err = w.Reset(ann.ctx(), mfa.ResetRequest{User: "new@acme.example", Change: change})
	ok(t, err)
	w.edit("new@acme.example", func(u *mfa.User) { u.State = mfa.StateOff })
	p := &person{w: w, email: "new@acme.example", password: mfa.NewSecret("a password of the new one")}
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: p.email, Code: made.Code, NewPassword: p.password})
	ok(t, err)
	p.login("")
	p.enable()
	_, err = w.Reset(ann.ctx(), mfa.ResetRequest{User: p.email, Change: change})
	refusal(t, err, mfa.PolicyForbids, "password half of new@acme.example", "could approve it")
	_, err = w.Reset(ben.ctx(), mfa.ResetRequest{User: p.email, Change: change}) // independent, and needs no request
	ok(t, err)
}

// What the operator of init does in the first days gives no control over those who chose
// their password by a code and enrolled their own 2FA.
func TestEarlyDaysGiveTheFirstOperatorNoControl(t *testing.T) {
	w := newWorld(t)
	tom := w.user("tom@acme.example", mfa.RoleMember)
	tom.enable()
	made, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: "ben@acme.example", Role: mfa.RoleOperator})
	ok(t, err)
	ben := &person{w: w, email: "ben@acme.example", password: mfa.NewSecret("a password of his own")}
	_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: ben.email, Code: made.Code, NewPassword: ben.password})
	ok(t, err)
	ben.login("")
	ben.enable()
	given := w.admin.made("carol@acme.example", mfa.RoleOperator) // the operator knows her password
	_, err = w.admin.half(mfa.HalfPassword, tom.email, false)
	ok(t, err)
	_, err = given.in(w.fork(t)).half(mfa.HalfFactor, tom.email, false)
	refusal(t, err, mfa.PolicyForbids, "admin@acme.example did", "ben@acme.example could approve it")
	_, err = ben.half(mfa.HalfFactor, tom.email, false)
	ok(t, err)
}

// An address that a used account gave up is reserved in the line of its community.
func TestAnAddressThatWasGivenUpIsReserved(t *testing.T) {
	w, ann, ben, tom := standing(t)
	_, err := w.UpdateUser(ann.ctx(), mfa.UpdateUserRequest{User: tom.email, Email: "thomas@acme.example"})
	ok(t, err)
	for _, community := range []string{"Acme", "Branch"} {
		_, err = w.CreateUser(ben.ctx(), mfa.CreateUserRequest{Email: tom.email, Community: community})
		refusal(t, err, mfa.PolicyForbids, "reserved", "--email tom@acme.example --request")
	}
	w.community("Elsewhere", "")
	_, err = w.CreateUser(ben.in(w.fork(t)).ctx(), mfa.CreateUserRequest{Email: "eve@acme.example", Community: "Elsewhere"})
	ok(t, err)
	take := mfa.UpdateUserRequest{User: "ted@acme.example", Email: tom.email}
	_, err = w.CreateUser(ben.ctx(), mfa.CreateUserRequest{Email: take.User})
	ok(t, err)
	_, err = w.UpdateUser(ben.ctx(), take)
	refusal(t, err, mfa.PolicyForbids, "reserved", "could approve it")
	take.Request = true
	out, err := w.UpdateUser(ben.ctx(), take)
	ok(t, err)
	_, err = w.admin.approve(out.Request.ID)
	ok(t, err)
}

// What is kept of an address that was given up is removed by later acts, once it decides nothing.
func TestFormerAccountsThatDecideNothingAreSweptOut(t *testing.T) {
	w, ann, _, _ := standing(t)
	kept := func() (n int) {
		ok(t, w.store.View(t.Context(), func(r mfa.Reader) error {
			for _, err := range r.(mfa.Walker).EachFormerAccount() {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		}))
		return n
	}
	leave := func(name string) {
		p := w.user(name, mfa.RoleMember)
		ann.refresh()
		_, err := w.DeleteUser(ann.ctx(), mfa.DeleteUserRequest{User: p.email})
		ok(t, err)
	}
	for _, name := range []string{"a@acme.example", "b@acme.example", "c@acme.example"} {
		leave(name)
	}
	w.clock.Advance(mfa.AddressTTL)
	w.admin.refresh()
	leave("d@acme.example")
	if n := kept(); n != 4 {
		t.Errorf("%d former accounts after 30 days, want 4", n)
	}
	w.clock.Advance(mfa.ControlTTL)
	w.admin.refresh()
	leave("e@acme.example") // the clock has leapt, and is believed ten minutes later
	if n := kept(); n != 5 {
		t.Errorf("%d former accounts under a doubted clock, want 5", n)
	}
	w.clock.Advance(10 * time.Minute)
	w.admin.refresh()
	leave("f@acme.example")
	if n := kept(); n != 3 {
		t.Errorf("%d former accounts after 37 days, want 3", n)
	}
}

// A helpdesk user who is independent is the second person, without waiting and without a request.
func TestAnIndependentHelpdeskUserDoesTheOtherHalf(t *testing.T) {
	w, ann, _, tom := standing(t)
	desk := w.user("desk@acme.example", mfa.RoleHelpdesk)
	desk.enable()
	_, err := ann.resetPassword(tom.email, false)
	ok(t, err)
	_, err = desk.reset2FA(tom.email, false)
	ok(t, err)
}

// In the first week of a team of three, two whom the first operator created approve for each
// other, once they chose their passwords by codes and enrolled their own 2FA.
func TestATeamOfThreeHasASecondPersonInItsFirstWeek(t *testing.T) {
	w := newWorld(t)
	team := []*person{w.admin}
	for _, name := range []string{"ben@acme.example", "carol@acme.example"} {
		made, err := w.CreateUser(w.admin.ctx(), mfa.CreateUserRequest{Email: name, Role: mfa.RoleAdmin})
		ok(t, err)
		p := &person{w: w, email: name, password: mfa.NewSecret("a password of " + name)}
		_, err = w.RedeemPassword(t.Context(), mfa.RedeemPasswordRequest{Email: name, Code: made.Code, NewPassword: p.password})
		ok(t, err)
		p.login("")
		p.enable()
		team = append(team, p)
	}
	_, err := w.set("", map[string]string{"reset_approval": "always"})
	ok(t, err)
	tom := w.freshUser("tom@acme.example", mfa.RoleMember)
	tom.enable()
	for i := range team {
		id, err := team[i].half(mfa.HalfPassword, tom.email, true)
		ok(t, err)
		f := w.fork(t)
		_, err = team[(i+1)%len(team)].in(f).approve(id)
		ok(t, err)
	}
}

// All break-glass acts are those of one unknown person. Others are independent of it, but not
// an account of which it did a half.
func TestBreakGlassIsOnePerson(t *testing.T) {
	w, ann, ben, tom := standing(t)
	given, err := w.BreakGlassReset(t.Context(), mfa.BreakGlassRequest{User: ben.email, Change: mfa.Change{Reason: "lost phone"}})
	ok(t, err)
	ben.login(given.RecoveryCode.Reveal())
	ben.enable()
	_, err = w.BreakGlassPassword(t.Context(), mfa.BreakGlassRequest{User: tom.email, Change: mfa.Change{Reason: "nobody is there"}})
	ok(t, err)
	_, err = ben.reset2FA(tom.email, false)
	refusal(t, err, mfa.PolicyForbids, "break-glass did", "could approve it")
	_, err = ann.reset2FA(tom.email, false)
	ok(t, err)
}

// A half that a person did is that person's alone: a second person whose own 2FA was reset by
// break-glass may do the other.
func TestAHalfIsOfThoseAloneWhoDidIt(t *testing.T) {
	for _, first := range []mfa.HalfKind{mfa.HalfPassword, mfa.HalfFactor} {
		w, ann, ben, tom := standing(t)
		given, err := w.BreakGlassReset(t.Context(), mfa.BreakGlassRequest{User: ben.email, Change: mfa.Change{Reason: "lost phone"}})
		ok(t, err)
		ben.login(given.RecoveryCode.Reveal())
		ben.enable()
		_, err = ann.half(first, tom.email, false)
		ok(t, err)
		_, err = ben.half(first.Other(), tom.email, false)
		ok(t, err)
	}
}

// A refusal names nobody of a community above the caller's.
func TestARefusalNamesNobodyOfACommunityAbove(t *testing.T) {
	w, ann, ben, _ := standing(t)
	child := w.userIn("Branch", "child@branch.example", mfa.RoleAdmin)
	child.enable()
	kid := w.userIn("Branch", "kid@branch.example", mfa.RoleMember)
	kid.enable()
	_, err := child.resetPassword(kid.email, false)
	ok(t, err)
	_, err = child.reset2FA(kid.email, false)
	refusal(t, err, mfa.PolicyForbids, "an administrator of a community above could approve it")
	for _, p := range []*person{w.admin, ann, ben} {
		if e := mfa.AsError(err); strings.Contains(e.Error()+e.HintText(), p.email) {
			t.Errorf("%s is named: %s; %s", p.email, e.Error(), e.HintText())
		}
	}
}
