package act

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// ResetsApart is how long a change of the role is remembered for the rule of privileged users.
const ResetsApart = 24 * time.Hour

// Privileged reports whether an account has permissions over others, or had its
// role changed within a day: nobody escapes a rule by a demotion that is taken
// back afterwards.
func (m moment) Privileged(u *Account) bool {
	return u.Grant.Privileged() || m.Now.Before(u.PrivilegedUntil) || slices.ContainsFunc(u.ControlMarks, func(mark mfa.ControlMark) bool {
		return (mark.What == mfa.ControlRole || mark.What == mfa.ControlDemoted) && m.Now.Before(mark.At.Add(ResetsApart))
	})
}

// LooserFrom is when a rule is for an account as loose as it was set to be; zero if it is now.
func LooserFrom(a *Act, u *Account, rule string) (time.Time, error) {
	h, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return time.Time{}, err
	}
	return mfa.LooserFrom(mfa.Standing{Line: h.Communities, User: &u.User}, rule, a.Now), nil
}

// Doer is a person behind an act.
type Doer struct {
	ID    string
	Asked bool // this person asked for it, and another does it
	Early bool // this is the operator of init, in the store's early days
}

// Doers returns every person behind the act, each once: its actor, the creator of the token
// that acts, and those who asked for what the actor approves. All break-glass acts are done
// by one unknown person.
func Doers(a *Act, more ...Doer) (out []Doer) {
	add := func(d Doer) {
		if d.ID != "" && !slices.ContainsFunc(out, func(o Doer) bool { return o.ID == d.ID }) {
			out = append(out, d)
		}
	}
	if a.Actor == nil {
		add(Doer{ID: mfa.BreakGlassID})
	} else {
		add(Doer{ID: a.Actor.ID, Early: Early(a.Actor, a.Now)})
		add(Doer{ID: a.ResponsibleID()})
	}
	for _, d := range more {
		add(d)
	}
	return out
}

// IDs are the ids of people.
func IDs(doers []Doer) (out []string) {
	for _, d := range doers {
		out = append(out, d.ID)
	}
	return out
}

// Early reports whether an account is that of the operator of init, in the first days of the
// store: the two began at the same time.
func Early(u *Account, now time.Time) bool {
	return u.CreatedBy == "" && !u.Service && now.Before(u.CreatedAt.Add(mfa.EarlyDays))
}

// RecordControl records who gained control over the account by the act. The caller writes
// the user row. more are those who asked for what the actor approves.
func RecordControl(a *Act, u *Account, what mfa.ControlKind, more ...Doer) {
	u.ControlMarks = WithControl(a, u.ControlMarks, what, u.ID, more...)
}

// WithControl adds to the control marks of an account, or of a role, that the people behind
// this act did something to it. Nobody gains control over their own account, whose id is to.
func WithControl(a *Act, old []mfa.ControlMark, what mfa.ControlKind, to string, more ...Doer) []mfa.ControlMark {
	doers := Doers(a, more...)
	same := func(m mfa.ControlMark) bool {
		return m.What == what && slices.ContainsFunc(doers, func(d Doer) bool { return d.ID == m.By })
	}
	out := slices.DeleteFunc(slices.Clone(old), func(m mfa.ControlMark) bool { return a.over(m) || same(m) })
	for _, d := range doers {
		if d.ID != to {
			out = append(out, mfa.ControlMark{What: what, By: d.ID, At: a.Now, Asked: d.Asked, Early: d.Early})
		}
	}
	return out
}

// maxControllers bounds the search for those who control an account.
const maxControllers = 1000

// Controllers returns some people and everyone who controls one of them, also through other
// accounts, as things are at this moment.
func Controllers(a *Act, people ...string) (map[string]bool, error) {
	all := map[string]bool{}
	for queue := slices.Clone(people); len(queue) > 0; queue = queue[1:] {
		id := queue[0]
		if all[id] {
			continue
		}
		if len(all) == maxControllers {
			return nil, mfa.Errorf(mfa.PolicyForbids, "the two-person rule: more than %d accounts control one another", maxControllers)
		}
		all[id] = true
		marks, err := ControlOver(a, id)
		if err != nil {
			return nil, err
		}
		for _, m := range marks {
			queue = append(queue, m.By)
		}
	}
	return all, nil
}

// ControlOver returns what gives others control over the account of an id, which may be
// deleted. A half is a mark that ends when the half closes.
func ControlOver(a *Act, id string) ([]mfa.ControlMark, error) {
	if id == mfa.BreakGlassID {
		return nil, nil
	}
	u, err := a.AccountByID(id, false)
	if err == nil {
		return ControlOf(a, u)
	}
	if !errors.Is(err, mfa.NotFound) {
		return nil, err
	}
	f, err := a.Read.Deleted(id)
	if err != nil {
		return nil, mfa.Missing(err, nil)
	}
	return slices.DeleteFunc(slices.Clone(f.Marks), a.over), nil
}

// ControlOf is ControlOver for an account that was read: it was created, promoted, moved,
// reactivated or given another address, its role gained permissions, or a half of it is open.
// What the operator of init did in the store's early days gives no control over an account
// whose user chose the password by a code and enrolled the 2FA.
func ControlOf(a *Act, u *Account) ([]mfa.ControlMark, error) {
	h, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	role, _ := h.Custom(u.Role)
	marks := slices.DeleteFunc(slices.Concat(u.ControlMarks, role.ControlMarks), func(m mfa.ControlMark) bool {
		return a.over(m) || isOldHalf(m) || m.What == mfa.ControlDemoted
	})
	for _, half := range OpenHalves(u.User, a.Now) {
		what := mfa.ControlPassword
		if half.What == mfa.HalfFactor {
			what = mfa.ControlFactors
		}
		for _, by := range half.By {
			marks = append(marks, mfa.ControlMark{What: what, By: by, At: half.Ends().Add(-mfa.ControlTTL), Early: half.Early})
		}
	}
	own := !u.OwnPasswordAt.IsZero() && !u.OwnFactorAt.IsZero()
	return slices.DeleteFunc(marks, func(m mfa.ControlMark) bool { return own && m.Early || m.By == u.ID }), nil
}

// Link returns who makes two groups of people depend on each other: the person who is in one
// and controls the other, or one who controls both. It is empty if they are independent.
func Link(a *Act, some, others []string) (string, error) {
	x, err := Controllers(a, some...)
	if err != nil {
		return "", err
	}
	y, err := Controllers(a, others...)
	if err != nil {
		return "", err
	}
	for _, id := range slices.Concat(others, some) { // the nearest is the best reason
		if x[id] && y[id] {
			return id, nil
		}
	}
	for _, id := range slices.Sorted(maps.Keys(x)) {
		if y[id] {
			return id, nil
		}
	}
	return "", nil
}

// over reports that a mark is too old to give control.
func (m moment) over(mark mfa.ControlMark) bool { return !m.Now.Before(mark.At.Add(mfa.ControlTTL)) }
