package mfa_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// tree is communities and users whose rules change, one by one, by one person.
type tree struct {
	communities map[string]*mfa.Community
	users       []*mfa.User
	now, last   time.Time // and of the last change
	before      []applied
}

// applied is where rules applied to a user before a change, and until when that binds.
type applied struct {
	user  int
	in    mfa.Standing
	until time.Time
}

func newTree() *tree {
	t := &tree{communities: map[string]*mfa.Community{}, now: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}
	for _, c := range []mfa.Community{{ID: "A"}, {ID: "B"}, {ID: "C", ParentID: "A"}, {ID: "D", ParentID: "C"}} {
		c.Name, c.Policy = c.ID, map[string]string{}
		t.communities[c.ID] = &c
	}
	t.users = []*mfa.User{{ID: "u", CommunityID: "C"}, {ID: "v", CommunityID: "D"}}
	return t
}

func (t *tree) line(id string) (out []mfa.Community) {
	for ; id != ""; id = t.communities[id].ParentID {
		out = append(out, *t.communities[id])
	}
	return out
}

// policyIn is what applies somewhere, and what would without holdovers.
func (t *tree) policyIn(s mfa.Standing) (inForce, settled mfa.Policy) {
	settled, _ = mfa.Effective(s.Line)
	return mfa.InForce(settled, s, t.now), settled
}

// put changes a community.
func (t *tree) put(id string, change func(*mfa.Community)) {
	was := t.line(id)
	next := *t.communities[id]
	next.Policy = map[string]string{}
	maps.Copy(next.Policy, t.communities[id].Policy)
	change(&next)
	t.communities[id] = &next
	next.Held = mfa.Loosened(mfa.Standing{Line: was}, mfa.Standing{Line: t.line(id)}, t.now)
}

// move moves a user.
func (t *tree) move(u *mfa.User, to string) {
	was := mfa.Standing{Line: t.line(u.CommunityID), User: u}
	u.Held = mfa.Loosened(was, mfa.Standing{Line: t.line(to), User: u}, t.now)
	u.CommunityID = to
}

// act makes one random change, and says which.
func (t *tree) act(r *rand.Rand) string {
	for i, u := range t.users {
		was := *u
		t.before = append(t.before, applied{i, mfa.Standing{Line: t.line(u.CommunityID), User: &was}, t.now.Add(mfa.LoosenAfter)})
	}
	t.last = t.now
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	switch r.IntN(6) {
	case 0:
		to := pick("A", "B", "")
		t.put("C", func(c *mfa.Community) { c.ParentID = to })
		return "C below " + to
	case 1:
		to := pick("A", "B", "C", "")
		t.put("D", func(c *mfa.Community) { c.ParentID = to })
		return "D below " + to
	case 2:
		u, to := t.users[r.IntN(2)], pick("A", "B", "C", "D")
		t.move(u, to)
		return u.ID + " to " + to
	default:
		id, rule, value := pick("A", "B", "C", "D"), "reset_approval", pick("", "both", "privileged", "always")
		if r.IntN(2) == 0 {
			rule, value = "unattended_reset", pick("", "true", "false")
		}
		t.put(id, func(c *mfa.Community) {
			if c.Policy[rule] = value; value == "" {
				delete(c.Policy, rule)
			}
		})
		return id + " " + rule + "=" + value
	}
}

// looser reports whether a policy is looser than another in a rule that takes two people.
func looser(p, than mfa.Policy) bool {
	order := []mfa.ResetApproval{mfa.ApproveBoth, mfa.ApprovePrivileged, mfa.ApproveAlways}
	return slices.Index(order, p.ResetApproval) < slices.Index(order, than.ResetApproval) || p.UnattendedReset && !than.UnattendedReset
}

func TestWhatAppliedBeforeAChangeAppliesForADay(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a search, not a secret
		w := newTree()
		var did []string
		for range 12 {
			did = append(did, w.act(r))
			for range 2 { // at once, and some time later
				for i, u := range w.users {
					got, settled := w.policyIn(mfa.Standing{Line: w.line(u.CommunityID), User: u})
					for _, b := range w.before {
						if had, _ := w.policyIn(b.in); b.user == i && w.now.Before(b.until) && looser(got, had) {
							t.Fatalf("seed %d: %v: %s has %s, %t, and had %s, %t", seed, did, u.ID,
								got.ResetApproval, got.UnattendedReset, had.ResetApproval, had.UnattendedReset)
						}
					}
					if looser(got, settled) || !w.now.Before(w.last.Add(mfa.LoosenAfter)) && looser(settled, got) {
						t.Fatalf("seed %d: %v: %s has %s, %t where %s, %t is set", seed, did, u.ID,
							got.ResetApproval, got.UnattendedReset, settled.ResetApproval, settled.UnattendedReset)
					}
				}
				step := time.Duration(r.IntN(30)) * time.Hour
				w.now = w.now.Add(step)
				did = append(did, fmt.Sprint(step))
			}
		}
	}
}
