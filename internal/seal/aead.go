package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Place is the one place where a sealed value may stand.
type Place struct {
	Instance string // of the store
	Table    string
	Column   string
	Row      string
	User     string
	Kind     string
}

// bytes joins the parts so that no two places give the same bytes.
func (p Place) bytes() []byte {
	var out []byte
	for _, part := range []string{p.Instance, p.Table, p.Column, p.Row, p.User, p.Kind} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out
}

// nonceSize is the length of a nonce in bytes (RFC 5116 §5.2).
const nonceSize = 12

// Seal seals a value to its place under the primary key.
func (k *Keyring) Seal(p Place, plain []byte) []byte {
	id := k.aead.primary
	return sealWith(prefix(id), k.aead.keys[id], plain, p.bytes())
}

// Open opens a value at its place. Damaged for anything else than what Seal
// made for that very place with a key of this ring; never an empty secret.
func (k *Keyring) Open(p Place, sealed []byte) ([]byte, error) {
	id, body, ok := split(sealed)
	if !ok {
		return nil, damaged("a sealed value is malformed", nil)
	}
	key := k.aead.keys[id]
	if key == nil {
		return nil, damaged("a sealed value names a key that the key file does not have", nil)
	}
	plain, err := openWith(key, body, p.bytes())
	if err != nil {
		return nil, damaged("a sealed value does not open", err)
	}
	return plain, nil
}

func damaged(message string, cause error) error {
	return mfa.Errorf(mfa.Damaged, "%s", message).WithCause(cause)
}

// sealWith appends nonce and ciphertext to the head.
func sealWith(head, key, plain, associated []byte) []byte {
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return gcm(key).Seal(append(head, nonce...), nonce, plain, associated)
}

func openWith(key, body, associated []byte) ([]byte, error) {
	if len(body) < nonceSize {
		return nil, errors.New("too short")
	}
	return gcm(key).Open(nil, body[:nonceSize], body[nonceSize:], associated)
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // keys are 32 bytes
	}
	out, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has 16-byte blocks
	}
	return out
}
