package engine

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// guardPage is how many rows a guard reads at a time, and how many damaged ones it reads
// at most.
const guardPage = 100

// someUser finds one user of some queries who is what a guard asks for: the first whose
// row verifies ends the search, however many there are. It returns nil where the queries find
// no such user. It answers Damaged, naming the row, where the only candidates do not verify:
// a damaged row proves nothing either way.
func (s *scope) someUser(is func(*account) bool, queries ...mfa.UserQuery) (*account, error) {
	var first error
	damaged := 0
	for _, q := range queries {
		q.Limit = guardPage
		for row, err := range s.r.EachUserOf(q) {
			u, err := s.read(row, err)
			switch {
			case err == nil && is(u):
				return u, nil
			case err == nil:
				continue
			case !errors.Is(err, mfa.Damaged):
				return nil, err
			}
			first = cmp.Or(first, err)
			if damaged++; damaged == guardPage {
				return nil, first
			}
		}
	}
	return nil, first
}

// read is the account of a user whom a walk found.
func (s *scope) read(row mfa.User, err error) (*account, error) {
	if err != nil {
		return nil, err
	}
	return s.settled(row)
}

// anyUser is true of every user.
func anyUser(*account) bool { return true }

// withRole are the queries for the users of some communities who have one of some roles.
// There is one for each pair, which the store answers without reading any other user.
func withRole(communities []mfa.Community, roles ...mfa.Role) (out []mfa.UserQuery) {
	for _, c := range communities {
		for _, r := range roles {
			out = append(out, mfa.UserQuery{CommunityIDs: []string{c.ID}, Roles: []mfa.Role{r}})
		}
	}
	return out
}

// region is the communities below one, by name. The error of one that does not verify, or
// stands below such a one, is kept: nobody knows whether it stands below. A guard that asks
// for one community looks at the sound ones first; one that asks for all of them ends with
// the error.
type region struct {
	sound  []mfa.Community
	damage error
}

// below reads the region below a community.
func (s *scope) below(c mfa.Community) (out region, _ error) {
	for h, err := range s.r.EachLineage() {
		switch {
		case errors.Is(err, mfa.Damaged):
			out.damage = cmp.Or(out.damage, err)
		case err != nil:
			return out, err
		case h.Line[0].ID != c.ID && h.Below(c.ID):
			out.sound = append(out.sound, h.Line[0])
		}
	}
	slices.SortFunc(out.sound, func(a, b mfa.Community) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
