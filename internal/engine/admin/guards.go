package admin

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// guardPage is how many rows one search of a guard reads at most.
const guardPage = 100

// someUser returns the first user of the queries whose row verifies, other than the user
// with the id except. It returns nil if there is no such user, and Damaged, naming the
// row, if the only candidates do not verify. After guardPage rows the answer is Damaged as
// well: all of them but that user's did not verify.
func someUser(a *act.Act, except string, queries ...mfa.UserQuery) (*act.Account, error) {
	var damage error
	left := guardPage
	for _, q := range queries {
		q.Limit = left
		for row, err := range a.Read.EachUserOf(q) {
			u, err := a.AccountRead(row, err)
			switch {
			case err == nil && u.ID != except:
				return u, nil
			case err != nil && !errors.Is(err, mfa.Damaged):
				return nil, err
			}
			damage = cmp.Or(damage, err)
			if left--; left == 0 {
				return nil, damage
			}
		}
	}
	return nil, damage
}

// withRole returns the queries for the users of the communities who have one of the roles:
// one query for each pair, which the store answers without reading any other user.
func withRole(communities []mfa.Community, roles ...mfa.Role) (out []mfa.UserQuery) {
	for _, c := range communities {
		for _, r := range roles {
			out = append(out, mfa.UserQuery{CommunityIDs: []string{c.ID}, Roles: []mfa.Role{r}})
		}
	}
	return out
}

// region holds the communities below another one. The sound ones verify and are sorted by
// name. damage is the first error of a community that does not verify, or whose parent does
// not: its place in the tree is unknown. A guard that needs one community looks at the sound
// ones first. A guard that needs all of them returns the error.
type region struct {
	sound  []mfa.Community
	damage error
}

// below reads the region below a community.
func below(a *act.Act, c mfa.Community) (out region, _ error) {
	for h, err := range a.Read.EachLineage() {
		switch {
		case errors.Is(err, mfa.Damaged):
			out.damage = cmp.Or(out.damage, err)
		case err != nil:
			return out, err
		case h.Communities[0].ID != c.ID && h.Below(c.ID):
			out.sound = append(out.sound, h.Communities[0])
		}
	}
	slices.SortFunc(out.sound, func(x, y mfa.Community) int { return strings.Compare(x.Name, y.Name) })
	return out, nil
}
