package admin

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// requireTwoPersons refuses to one person what takes two: a reset that the rule
// reset_approval leaves to two, and the other half of an account while one is open.
// Somebody who is independent of those who did the open half is the second person, and needs
// no request. what are the halves that the act does.
func requireTwoPersons(a *act.Act, u *act.Account, b Basis, what ...mfa.HalfKind) error {
	if b.BreakGlass || b.requester != nil {
		return nil
	}
	if err := ruleOfTwo(a, u); err != nil {
		return err
	}
	if mayDoBoth(a, u) {
		return nil
	}
	return forbidOtherHalf(a, u, what...)
}

// ruleOfTwo refuses a reset that the rule reset_approval leaves to two people.
func ruleOfTwo(a *act.Act, u *act.Account) error {
	why := ""
	switch rule := u.Policy.ResetApproval; {
	case rule == mfa.ApproveAlways:
	case rule == mfa.ApprovePrivileged && a.Privileged(u):
		why = ", since " + u.Email + " has permissions over others, or had them until a day ago"
	default:
		return nil
	}
	from, err := act.LooserFrom(a, u, "reset_approval")
	if err != nil {
		return err
	}
	if !from.IsZero() {
		why += "; one person alone made it looser, which takes effect on " + from.Format(time.RFC3339)
	}
	return askingHint(a, u, mfa.Errorf(mfa.PolicyForbids, "the rule reset_approval asks for a second person%s", why).Until(from))
}

// askingHint adds to a refusal how to ask a second person, and who that could be.
func askingHint(a *act.Act, u *act.Account, no *mfa.Error) error {
	who, err := couldApprove(a, u)
	if err != nil {
		return err
	}
	return no.WithHint("%s%s", asking(a), who)
}

// asking begins the hint of a refusal with how to ask a second person. An approver has been
// asked already.
func asking(a *act.Act) string {
	if a.Rule.Method == "Approve" {
		return ""
	}
	return "repeat it with --request for a second administrator; "
}

// mayDoBoth reports whether the people behind the act may do both halves: the account was
// never used, and they created it.
func mayDoBoth(a *act.Act, u *act.Account) bool {
	return !u.Used() && u.CreatedBy != "" && u.CreatedBy == a.ResponsibleID()
}

// forbidOtherHalf refuses an act that does some halves to anyone who did another half that is
// open, and to anyone who is not independent of those who did.
func forbidOtherHalf(a *act.Act, u *act.Account, what ...mfa.HalfKind) error {
	me := act.IDs(act.Doers(a))
	for _, half := range act.OpenHalves(u.User, a.Now) {
		if len(what) == 1 && what[0] == half.What {
			continue
		}
		link, err := act.Link(a, me, half.By)
		if err != nil {
			return err
		}
		if link != "" {
			return halfIsOpen(a, u, half, link)
		}
	}
	return nil
}

// halfIsOpen is the refusal of the other half of an account.
func halfIsOpen(a *act.Act, u *act.Account, half mfa.Half, link string) error {
	did := "you did"
	switch {
	case slices.Contains(half.By, a.Actor.ID) || slices.Contains(half.By, a.ResponsibleID()):
	case mayName(a):
		names, err := namesOfPeople(a, half.By)
		if err != nil {
			return err
		}
		name, err := namesOfPeople(a, []string{link})
		if err != nil {
			return err
		}
		did = strings.Join(names, ", ") + " did, and you are not independent of them (by " + strings.Join(name, "") + ")"
	default:
		did = "somebody did of whom you are not independent"
	}
	who, err := couldApprove(a, u)
	if err != nil {
		return err
	}
	closes := "from " + half.Ends().Format(time.RFC3339) + " on you may"
	if !half.Met {
		closes += ", or from " + later(a.Now, half.At.Add(mfa.HalfMin)).Format(time.RFC3339) + " on once " + u.Email + " has signed in with " + meets(half.What)
	}
	return mfa.Errorf(mfa.PolicyForbids, "the two-person rule (reset_approval): the %s half of %s is open since %s: %s, and nobody does both halves",
		half.What, u.Email, half.At.Format(time.RFC3339), did).
		WithHint("%s%s; %s", asking(a), who, closes).Until(half.Ends())
}

// meets names what a user signs in with to close a half.
func meets(what mfa.HalfKind) string {
	if what == mfa.HalfPassword {
		return "a code of their own 2FA"
	}
	return "their password"
}

func later(x, y time.Time) time.Time {
	if x.Before(y) {
		return y
	}
	return x
}

// forbidController refuses an act on an account that controls a person behind the act.
func forbidController(a *act.Act, u *act.Account, b Basis) error {
	if b.BreakGlass {
		return nil
	}
	people := act.IDs(act.Doers(a, b.asked...))
	all, err := act.Controllers(a, people...)
	if err != nil {
		return err
	}
	if !all[u.ID] || slices.Contains(people, u.ID) { // acts on oneself have rules of their own
		return nil
	}
	if !mayName(a) {
		return mfa.Errorf(mfa.Forbidden, "you may not do this to this account").WithHint("ask another administrator")
	}
	no := mfa.Errorf(mfa.Forbidden, "%s controls your account, and nobody does this to an account that controls theirs", u.Email)
	who, err := could(a, u, "do")
	if err != nil {
		return err
	}
	until, err := controlEnds(a, u.ID)
	if err != nil || until.IsZero() {
		return orError(err, no.WithHint("%s", who))
	}
	return no.WithHint("%s, or wait until %s", who, until.Format(time.RFC3339)).Until(until)
}

func orError(err, no error) error {
	if err != nil {
		return err
	}
	return no
}

// controlEnds is when the control of a person over the actor ends, if it is direct.
func controlEnds(a *act.Act, id string) (until time.Time, _ error) {
	marks, err := act.ControlOf(a, a.Actor)
	for _, m := range marks {
		if m.By == id {
			until = later(until, m.At.Add(mfa.ControlTTL))
		}
	}
	return until, err
}

// mayName reports whether the caller may learn who did what.
func mayName(a *act.Act) bool { return a.Actor != nil && a.Actor.Grant.Has(mfa.UsersRead) }

// namesOfPeople returns the addresses of people, some of whom may be gone.
func namesOfPeople(a *act.Act, ids []string) (out []string, _ error) {
	for _, id := range ids {
		if id == mfa.BreakGlassID {
			out = append(out, "break-glass")
			continue
		}
		u, err := a.AccountByID(id, false)
		if err == nil {
			out = append(out, u.Email)
			continue
		}
		if err = mfa.Missing(err, nil); err != nil {
			return nil, err
		}
		f, err := a.Read.Deleted(id)
		if mfa.Missing(err, nil) != nil {
			return nil, err
		}
		if f.Email == "" {
			f.Email = "a deleted account"
		}
		out = append(out, f.Email)
	}
	return out, nil
}

// Bounds of the search for those who could do an act.
const (
	maxCandidates = 50
	maxNamed      = 3
)

// couldApprove says who could approve an act on an account that the actor asks for: those who
// are independent of the actor and of those who did an open half.
func couldApprove(a *act.Act, u *act.Account) (string, error) { return could(a, u, "approve") }

// could names those who are independent, and what they could do.
func could(a *act.Act, u *act.Account, do string) (string, error) {
	if !mayName(a) {
		return "ask another administrator", nil
	}
	some, above, err := approversOf(a, u)
	switch {
	case err != nil:
		return "", err
	case len(some) == 0 && above:
		return "an administrator of a community above could " + do + " it", nil
	case len(some) == 0:
		return "at present no administrator is independent of you and could " + do + " it; the owner of the store can use --break-glass", nil
	}
	if len(some) > maxNamed {
		some = some[:maxNamed]
	}
	return strings.Join(some, ", ") + " could " + do + " it", nil
}

// approversOf returns the addresses of those who could approve an act on an account, a few of
// them at most. Of a community that the actor does not reach it names nobody, and reports that
// somebody there could.
func approversOf(a *act.Act, u *act.Account) (out []string, above bool, _ error) {
	people := act.IDs(act.Doers(a))
	for _, half := range act.OpenHalves(u.User, a.Now) {
		people = append(people, half.By...)
	}
	all, err := act.HoldersOf(a, u.Community, mfa.RequestsApprove)
	if err != nil {
		return nil, false, err
	}
	for i, c := range all {
		if i == maxCandidates || len(out) > maxNamed {
			break
		}
		if c.ID == u.ID || c.State != mfa.StateOn || !c.Grant.Covers(u.Grant) {
			continue
		}
		may, err := couldBeSecond(a, c, u, people)
		if err != nil {
			return nil, false, err
		}
		reached, err := a.Reaches(c.CommunityID)
		switch {
		case err != nil:
			return nil, false, err
		case may && reached:
			out = append(out, c.Email)
		}
		above = above || may && !reached
	}
	return out, above, nil
}

// couldBeSecond reports whether a candidate is independent of some people, and not controlled
// by the account that it is about. Where a record is damaged, the candidate could not.
func couldBeSecond(a *act.Act, c, u *act.Account, people []string) (bool, error) {
	link, err := act.Link(a, []string{c.ID}, people)
	if err == nil && link == "" {
		var controls map[string]bool
		controls, err = act.Controllers(a, c.ID)
		return err == nil && !controls[u.ID], ignoreDamage(err)
	}
	return false, ignoreDamage(err)
}

func ignoreDamage(err error) error {
	if errors.Is(err, mfa.Damaged) || errors.Is(err, mfa.PolicyForbids) {
		return nil
	}
	return err
}
