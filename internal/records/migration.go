package records

import (
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// Migration signs again the rows that migrations have changed.
type Migration struct {
	Keys    *seal.Keyring
	Changed map[int]Was // by the schema to which the migration leads
}

// Sign signs again the rows that the migrations from a schema to a later one have changed, in
// their transaction. A row that did not verify before is not signed, see [Resign].
//
// It answers Damaged where the keys are another store's: then nothing may be migrated.
func (m Migration) Sign(tx mfa.Tx, from, to int) error {
	if _, err := tx.Meta(mfa.MetaInstance); errors.Is(err, mfa.NotFound) {
		return nil // its init did not end, and no row is signed
	}
	var steps []Was
	for schema := to; schema > from; schema-- { // back from what the rows are now
		if was, changed := m.Changed[schema]; changed {
			steps = append(steps, was)
		}
	}
	_, err := Resign(tx, m.Keys, before(steps))
	return err
}

// before composes what several migrations have changed, the newest first.
func before(steps []Was) (all Was) {
	for _, s := range steps {
		all.Community = then(all.Community, s.Community)
		all.User = then(all.User, s.User)
		all.Factor = then(all.Factor, s.Factor)
		all.Session = then(all.Session, s.Session)
		all.Token = then(all.Token, s.Token)
		all.Request = then(all.Request, s.Request)
	}
	return all
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
