package engine

import (
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// Migration returns what signs again the rows that migrations have changed. Its table names,
// for each schema whose migration changed signed rows, how they were before: the migration
// itself changes them in SQL.
func Migration(keys *seal.Keyring) records.Migration {
	return records.Migration{Keys: keys, Changed: map[int]records.Was{
		6: {Community: communityBefore6, Token: tokenBefore6},
	}}
}

// Schema 6 has another word for a permission.
const noticesBefore6 mfa.Permission = "notifications:write"

func permissionsBefore6(now []mfa.Permission) []mfa.Permission {
	was := slices.Clone(now)
	for i, p := range was {
		if p == mfa.NoticesWrite {
			was[i] = noticesBefore6
		}
	}
	return was
}

func communityBefore6(c mfa.Community) mfa.Community {
	c.Roles = slices.Clone(c.Roles)
	for i := range c.Roles {
		c.Roles[i].Permissions = permissionsBefore6(c.Roles[i].Permissions)
	}
	return c
}

func tokenBefore6(k mfa.Token) mfa.Token {
	k.Permissions = permissionsBefore6(k.Permissions)
	return k
}
