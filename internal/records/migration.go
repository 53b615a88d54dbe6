package records

import (
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// Migration changes the rows of which migrations give a signed value another word.
type Migration struct {
	Keys    *seal.Keyring
	Changed map[int]Changes // by the schema to which the migration leads
	// Progress gets the number of rows that were looked at. It may be nil.
	Progress func(done int64)
}

// Sign changes the rows that the migrations from a schema to a later one change, in their
// transaction. A row that does not verify is not changed, see [Resign]. Where both schemas are
// the same, it only looks whether the keys are those of the store.
//
// It answers Damaged where the keys are another store's: then nothing may be migrated.
func (m Migration) Sign(tx mfa.Tx, from, to int) error {
	if _, err := tx.Meta(mfa.MetaInstance); errors.Is(err, mfa.NotFound) {
		return nil // its init did not end, and no row is signed
	}
	var all Changes
	for schema := from + 1; schema <= to; schema++ {
		all = all.then(m.Changed[schema])
	}
	_, err := Resign(tx, m.Keys, all, m.Progress)
	return err
}

// then is what two migrations change, one after the other.
func (c Changes) then(next Changes) Changes {
	return Changes{
		Community: then(c.Community, next.Community),
		User:      then(c.User, next.User),
		Factor:    then(c.Factor, next.Factor),
		Session:   then(c.Session, next.Session),
		Token:     then(c.Token, next.Token),
		Request:   then(c.Request, next.Request),
		Notices:   c.Notices || next.Notices,
		Mark:      c.Mark || next.Mark,
	}
}

// then returns what does one and then the other; either may be nil.
func then[T any](one, other func(T) T) func(T) T {
	if one == nil || other == nil {
		if one == nil {
			return other
		}
		return one
	}
	return func(row T) T { return other(one(row)) }
}
