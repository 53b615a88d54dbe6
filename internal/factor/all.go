package factor

import "github.com/mfactl/mfactl/internal/mfa"

// All lists every kind.
func All() []Kind {
	return []Kind{TOTP{}, HOTP{}, Backup{}, Recovery{}, SetPassword{}}
}

// ByName returns a kind; ok is false for one that is not in [All].
func ByName(name mfa.Kind) (kind Kind, ok bool) {
	for _, k := range All() {
		if k.Name() == name {
			return k, true
		}
	}
	return nil, false
}
