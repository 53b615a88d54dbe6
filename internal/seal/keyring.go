package seal

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Keyring holds the keys of one installation. It may be used by many goroutines
// at once; only AddKeys changes it.
type Keyring struct {
	aead keyset
	mac  keyset
}

// New draws a keyring with one key of each sort.
func New() *Keyring {
	k := &Keyring{}
	k.AddKeys()
	return k
}

// AddKeys draws a fresh key of each sort for everything written from now on.
// The old ones go on opening what they sealed.
func (k *Keyring) AddKeys() {
	k.aead.add()
	k.mac.add()
}

// file is the key file: two Tink keysets in clear.
type file struct {
	Comment string     `json:"comment"`
	AEAD    tinkKeyset `json:"aead"`
	MAC     tinkKeyset `json:"mac"`
}

const comment = "mfactl keys: keep a copy apart from the database; without them it cannot be read"

// Marshal returns the text of the key file.
func (k *Keyring) Marshal() []byte {
	out := file{Comment: comment, AEAD: k.aead.tink(typeAEAD, headAEAD), MAC: k.mac.tink(typeMAC, headMAC)}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		panic(err) // plain data
	}
	return append(b, '\n')
}

// Parse reads the text of a key file. Damaged, without a word of its contents,
// where anything in it is not as Marshal writes it.
func Parse(text []byte) (*Keyring, error) {
	var in file
	k := &Keyring{}
	err := strict(text, &in)
	if err == nil {
		err = k.aead.read(in.AEAD, typeAEAD, headAEAD)
	}
	if err == nil {
		err = k.mac.read(in.MAC, typeMAC, headMAC)
	}
	if err != nil {
		return nil, mfa.Errorf(mfa.Damaged, "the key file is not one of ours").
			WithHint("restore the copy of the key").WithCause(err)
	}
	return k, nil
}

// KeyID returns the id of the key that made a sealed value or a MAC.
func KeyID(value []byte) (id uint32, ok bool) {
	id, _, ok = split(value)
	return id, ok
}

// Format keeps every verb of package fmt from printing keys.
func (k *Keyring) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// LogValue keeps log/slog from printing keys.
func (k *Keyring) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalJSON keeps encoding/json from writing keys; Marshal writes the file.
func (k *Keyring) MarshalJSON() ([]byte, error) { return []byte(`"[redacted]"`), nil }
