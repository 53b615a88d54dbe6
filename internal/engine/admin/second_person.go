package admin

import (
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// approvalsWith says of a new account that could approve requests from when it can, if no two
// people of its community are independent yet: until then nobody can approve what another asks
// for. It is empty where two are.
func approvalsWith(a *act.Act, u *act.Account) (string, error) {
	if u.Service || !u.Grant.Has(mfa.RequestsApprove) {
		return "", nil
	}
	all, err := approvers(a, u.Community)
	if err != nil {
		return "", err
	}
	others := slices.DeleteFunc(all, func(one *act.Account) bool { return one.ID == u.ID })
	if paired, err := independentPair(a, others); err != nil || paired {
		return "", err
	}
	from := "from " + a.Now.Add(mfa.ControlTTL).Format(time.RFC3339) + " on, once they have 2FA on"
	if a.Actor != nil && act.Early(a.Actor, a.Now) {
		from = "once they have chosen their password by the code and turned on 2FA"
	}
	return "no two people of " + u.Community.Name + " are independent yet, so nobody can approve a request: " + u.Email +
		" could, " + from + "; until then the owner of the store can use --break-glass", nil
}

// maxPairs bounds how many people are compared with one another.
const maxPairs = 12

// approvers returns people who may approve requests in a community and have 2FA on.
func approvers(a *act.Act, c mfa.Community) ([]*act.Account, error) {
	all, err := act.HoldersOf(a, c, mfa.RequestsApprove)
	all = slices.DeleteFunc(all, func(one *act.Account) bool { return one.State != mfa.StateOn })
	return all[:min(len(all), maxPairs)], err
}

// independentPair reports whether two of some people are independent of each other.
func independentPair(a *act.Act, people []*act.Account) (bool, error) {
	for i, one := range people {
		for _, other := range people[i+1:] {
			link, err := act.Link(a, []string{one.ID}, []string{other.ID})
			if err := ignoreDamage(err); err != nil {
				return false, err
			}
			if err == nil && link == "" {
				return true, nil
			}
		}
	}
	return false, nil
}

// Unpaired returns the communities in which nobody can approve what another asks for, since no
// two people who may are independent. It looks at a community only if it cannot tell by one
// above it, and returns most at most.
func Unpaired(a *act.Act, most int) (out []mfa.Unpaired, _ error) {
	tree, err := a.Read.Tree()
	if err != nil {
		return nil, err
	}
	paired := map[string]bool{}
	for _, line := range tree.Lineages {
		c := line.Communities[0]
		if slices.ContainsFunc(line.Communities, func(above mfa.Community) bool { return paired[above.ID] }) {
			continue
		}
		people, err := approvers(a, c)
		if err != nil {
			return nil, err
		}
		from, err := pairedFrom(a, people)
		switch {
		case err != nil:
			return nil, err
		case from.Equal(a.Now):
			paired[c.ID] = true
		case len(out) < most:
			out = append(out, mfa.Unpaired{Community: c.Name, From: from})
		}
	}
	return out, nil
}

// pairedFrom returns from when two of some people are independent if nothing more is done: the
// time of the act if they are, and zero if time alone makes no two of them so.
func pairedFrom(a *act.Act, people []*act.Account) (time.Time, error) {
	times := []time.Time{a.Now}
	for _, u := range people {
		marks, err := act.ControlOf(a, u)
		if err := ignoreDamage(err); err != nil {
			return time.Time{}, err
		}
		for _, m := range marks {
			times = append(times, m.At.Add(mfa.ControlTTL))
		}
	}
	times = append(times, a.Now.Add(mfa.ControlTTL)) // when whatever was done until now is over
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range slices.Compact(times) {
		if paired, err := independentPair(act.At(a, at), people); err != nil || paired {
			return at, err
		}
	}
	return time.Time{}, nil
}
