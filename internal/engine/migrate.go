package engine

import (
	"errors"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/seal"
)

// Migrate signs again the rows that migrations have changed, in their transaction: those
// from a schema to a later one. A row that did not verify before is not signed.
//
// It answers Damaged where the keys are another store's: then nothing may be migrated.
func Migrate(tx mfa.Tx, keys *seal.Keyring, from, to int) error {
	return migrate(tx, keys, from, to, rewritten())
}

// rewritten tells of each schema whose migration changed signed rows how they were before.
// It is the one table of them: the migration itself changes the rows in SQL.
func rewritten() map[int]records.Was {
	return map[int]records.Was{
		6: {Community: communityBefore6, Token: tokenBefore6},
	}
}

func migrate(tx mfa.Tx, keys *seal.Keyring, from, to int, rewritten map[int]records.Was) error {
	if _, err := tx.Meta(mfa.MetaInstance); errors.Is(err, mfa.NotFound) {
		return nil // its init did not end, and no row is signed
	}
	var steps []records.Was
	for schema := to; schema > from; schema-- { // the newest first: back from what the rows are now
		if was, changed := rewritten[schema]; changed {
			steps = append(steps, was)
		}
	}
	_, err := records.Resign(tx, keys, records.Before(steps...))
	return err
}

// Schema 6 has another word for a permission.
const noticesBefore6 mfa.Permission = "notifications:write"

func permissionsBefore6(now []mfa.Permission) []mfa.Permission {
	was := slices.Clone(now)
	for i, p := range was {
		if p == mfa.NotificationsWrite {
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
