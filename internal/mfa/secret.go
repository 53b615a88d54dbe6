package mfa

import (
	"fmt"
	"log/slog"
)

// redacted is what a Secret shows wherever it was not opened on purpose.
const redacted = "[redacted]"

// Secret is a value that must not be printed: a password, a code, a token, a
// seed. fmt, log/slog and encoding/json all show "[redacted]" (OWASP ASVS
// 16.2.5). The value leaves only through Reveal, or as JSON through Exposed.
type Secret struct {
	value   string
	exposed bool
}

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the value itself. The caller answers for where it goes.
func (s Secret) Reveal() string { return s.value }

// Exposed returns a copy that encoding/json writes in clear. It is meant for
// the one reply that hands the secret to its owner.
func (s Secret) Exposed() Secret { return Secret{value: s.value, exposed: true} }

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.value == "" }

// String returns "[redacted]", or "" where there is nothing to hide.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return redacted
}

// GoString keeps %#v from printing the value.
func (s Secret) GoString() string { return "mfa.Secret(" + s.String() + ")" }

// Format keeps every verb of package fmt from printing the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue keeps log/slog from printing the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes the value only if the Secret came from Exposed. As text and
// not as JSON, so that the encoder's own setting says how "&" is written.
func (s Secret) MarshalText() ([]byte, error) {
	if s.exposed {
		return []byte(s.value), nil
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads a value.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
