package engine

import (
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// Migration returns what changes signed rows in a migration. Its table names the changes for
// each schema whose migration has some: SQL changes nothing that a MAC covers.
func Migration(keys *seal.Keyring) records.Migration {
	return records.Migration{Keys: keys, Changed: map[int]records.Changes{
		4: {Mark: true},
		6: {Community: communityOf6, Token: tokenOf6},
		7: {User: userOf7, Notices: true},
	}}
}

// permissionsOf6 has the word that schema 6 has for a permission.
func permissionsOf6(was []mfa.Permission) []mfa.Permission {
	now := slices.Clone(was)
	for i, p := range now {
		if p == "notifications:write" {
			now[i] = mfa.NoticesWrite
		}
	}
	return now
}

func communityOf6(c mfa.Community) mfa.Community {
	c.Roles = slices.Clone(c.Roles)
	for i := range c.Roles {
		c.Roles[i].Permissions = permissionsOf6(c.Roles[i].Permissions)
	}
	return c
}

func tokenOf6(k mfa.Token) mfa.Token {
	k.Permissions = permissionsOf6(k.Permissions)
	return k
}

// userOf7 has the look of its address.
func userOf7(u mfa.User) mfa.User {
	u.Look = records.LookOf(u.Email)
	return u
}
