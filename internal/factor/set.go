package factor

import (
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Set is the kinds that an engine knows.
type Set struct {
	kinds map[mfa.Kind]Kind
	rows  []mfa.KindInfo
}

// NewSet returns a set of kinds that are offered in this order.
func NewSet(kinds []Kind) Set {
	s := Set{kinds: map[mfa.Kind]Kind{}}
	for _, k := range kinds {
		row := k.Info()
		s.kinds[row.Name], s.rows = k, append(s.rows, row)
	}
	return s
}

// ByName returns the kind of a name, and whether there is one.
func (s Set) ByName(name mfa.Kind) (Kind, bool) {
	k, ok := s.kinds[name]
	return k, ok
}

// Table returns the rows of the kinds.
func (s Set) Table() []mfa.KindInfo { return s.rows }

// Info returns the row of a kind. A factor of a kind that is not known passes for an
// authenticator, so that it is tried and found damaged: left out, it would pass for no factor.
func (s Set) Info(name mfa.Kind) mfa.KindInfo {
	for _, row := range s.rows {
		if row.Name == name {
			return row
		}
	}
	return mfa.KindInfo{Name: name, Class: mfa.Possession, SignsIn: mfa.StateOn}
}

// LooksUp reports whether an answer fits a kind of look-up codes, by the forms that the rows
// name. Such an answer counts for other attempts than all others, whether it is right or wrong.
func (s Set) LooksUp(answer string) bool {
	return slices.ContainsFunc(s.rows, func(row mfa.KindInfo) bool {
		return row.Form == mfa.FormLookUp && s.kinds[row.Name].Fits(answer)
	})
}
