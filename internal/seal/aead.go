package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// Binding says which place a sealed value belongs to (RFC 5116 §2.1, associated
// data). A value that was moved to another row, column, user or
// installation does not open. A field that means nothing for a table is left
// empty, always.
type Binding struct {
	Instance string // the installation; every store has an id of its own
	Table    string
	Column   string
	Row      string // id of the row
	User     string // id of the user to whom the row belongs
	Kind     string // kind of factor
}

// associated returns the associated data: each field behind its length, so
// that no two places give the same bytes.
func (at Binding) associated() []byte {
	b := []byte("mfactl place 1\x00")
	for _, field := range []string{at.Instance, at.Table, at.Column, at.Row, at.User, at.Kind} {
		b = appendPart(b, field)
	}
	return b
}

// appendPart appends a text behind its length.
func appendPart(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// Seal encrypts a value for its place under the primary key: AES-256-GCM with a
// random 96-bit nonce (RFC 5116 §5.2, NIST SP 800-38D §8.2.2). The result is 33
// bytes longer than plain: prefix and key id, nonce, ciphertext, tag.
//
// Sealing nothing is a fault of the program, not of its input, and panics: an
// empty secret must not exist (see the package comment).
func (k *Keyring) Seal(at Binding, plain []byte) []byte {
	mustHold(plain)
	first := k.held().aead.first()
	sealed := gcm(first.bytes).Seal(nil, nil, plain, at.associated()) //nolint:gosec // G407: gcm draws the nonce itself
	return append(first.prefix(), sealed...)
}

// Open decrypts what Seal made for the same place under any key of the ring.
// Every failure is mfa.Damaged: changed, cut short, moved, or sealed under a
// key that is not here. Without an error the value is never empty.
func (k *Keyring) Open(at Binding, sealed []byte) ([]byte, error) {
	id, ok := KeyID(sealed)
	if !ok {
		return nil, damaged("seal.form", at.where(), "a sealed value was changed: it has no key id")
	}
	key, ok := k.held().aead.find(id)
	if !ok {
		return nil, damaged("seal.foreign_key", at.where(),
			fmt.Sprintf("a sealed value does not open: its key %d is not in the key file", id))
	}
	plain, err := gcm(key.bytes).Open(nil, nil, sealed[prefixSize:], at.associated())
	if err != nil || len(plain) == 0 {
		return nil, damaged("seal.open", at.where(), "a sealed value does not open: it was changed or moved")
	}
	return plain, nil
}

// where names the place for the log.
func (at Binding) where() string { return fmt.Sprintf("%s.%s, row %q", at.Table, at.Column, at.Row) }

// mustHold panics on an empty value.
func mustHold(plain []byte) {
	if len(plain) == 0 {
		panic("seal: nothing to seal")
	}
}

// gcm returns AES-256-GCM that draws its nonce and puts it in front of the
// ciphertext, which is how Tink does it too.
func gcm(key [keySize]byte) cipher.AEAD {
	block := must(aes.NewCipher(key[:]))             // fails only for a key of another size
	return must(cipher.NewGCMWithRandomNonce(block)) // fails only for another cipher than AES
}

// must returns what a function returned that cannot fail with what it was given.
func must[T any](v T, err error) T {
	if err != nil {
		panic("seal: " + err.Error())
	}
	return v
}
