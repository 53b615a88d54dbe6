package seal

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"

	"github.com/mfactl/mfactl/internal/mfa"
)

// redacted is what a Keyring shows wherever it is printed.
const redacted = "[redacted]"

// Keyring holds the AEAD and the MAC keyset of one installation. It never
// changes, so any number of goroutines may use it. The zero Keyring holds no
// key and must not be used; take one from [New], [Parse] or [ReadKeyFile].
type Keyring struct {
	// A function, because package fmt asks no methods of an unexported field of
	// another package's struct: it would follow a pointer there and print the keys,
	// but it cannot look into a closure.
	held func() sets
}

// sets are the two keysets.
type sets struct {
	aead, mac keyset
}

func ring(s sets) *Keyring { return &Keyring{held: func() sets { return s }} }

// Use says what a key is for. Every key has exactly one use (NIST SP 800-57
// part 1 §5.2).
type Use string

// The uses.
const (
	UseAEAD Use = "aead" // Seal and Open
	UseMAC  Use = "mac"  // MAC and VerifyMAC
)

// KeyInfo names one key without telling anything of its material.
type KeyInfo struct {
	ID      uint32
	Use     Use
	Primary bool // new values are sealed or tagged under this one
}

// New makes a keyring of one fresh random key for each use.
func New() *Keyring {
	return ring(sets{aead: keyset{use: UseAEAD}, mac: keyset{use: UseMAC}}).AddKey()
}

// AddKey returns a keyring whose primary keys are fresh; the old ones still
// open and verify what they made (NIST SP 800-57 part 1 §5.3.5). The receiver
// stays as it is.
func (k *Keyring) AddKey() *Keyring {
	s := k.held()
	s.aead.add(k.freshID())
	s.mac.add(k.freshID())
	return ring(s)
}

// Keys lists every key, those for sealing first, oldest first.
func (k *Keyring) Keys() []KeyInfo {
	var all []KeyInfo
	for _, s := range []keyset{k.held().aead, k.held().mac} {
		for _, key := range s.keys {
			all = append(all, KeyInfo{ID: key.id, Use: s.use, Primary: key.id == s.primary})
		}
	}
	return all
}

// freshID draws a key id that is neither zero nor taken by either keyset.
func (k *Keyring) freshID() uint32 {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails: the program ends if there is no randomness
		id := binary.BigEndian.Uint32(b[:])
		taken := func(i KeyInfo) bool { return i.ID == id }
		if id != 0 && !slices.ContainsFunc(k.Keys(), taken) {
			return id
		}
	}
}

// KeyID tells under which key a value of [Keyring.Seal] was sealed or a tag of
// [Keyring.MAC] was made, so that a rotation can count what still needs an old
// key. It reports false if the value has no key id. It does not say whether
// the value opens.
func KeyID(sealed []byte) (id uint32, ok bool) {
	if len(sealed) < prefixSize || sealed[0] != tinkPrefix {
		return 0, false
	}
	return binary.BigEndian.Uint32(sealed[1:prefixSize]), true
}

// String returns "[redacted]".
func (Keyring) String() string { return redacted }

// Format keeps every verb of package fmt from printing a key (OWASP ASVS 5.0 §16.2.5).
func (Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue keeps log/slog from printing a key.
func (Keyring) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON keeps encoding/json from writing a key. [Keyring.Marshal] is the
// way to write a key file.
func (Keyring) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// damaged makes a Damaged error; detail is a word for the audit trail and where
// goes to the log only.
func damaged(detail, where, message string) error {
	e := mfa.Errorf(mfa.Damaged, "%s", message).WithDetail(detail)
	if where == "" {
		return e
	}
	return e.WithCause(fmt.Errorf("%s: %s", detail, where))
}
