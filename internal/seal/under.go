package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The HKDF labels, one for each purpose (RFC 5869 §3.2), so that the
// fingerprint that a store keeps says nothing of the key that seals.
const (
	labelSeal        = "mfactl idempotency seal 1"
	labelFingerprint = "mfactl idempotency fingerprint 1"
)

// ClientKey is the key that a client drew for one call. No store keeps it, nor what is
// derived of it.
type ClientKey struct{ root []byte }

// Format implements [fmt.Formatter]: it shows "[redacted]", whatever the verb.
func (ClientKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// NewClientKey takes a text as the key that a client drew; mfa.Usage if it cannot be one.
func NewClientKey(drawn string) (ClientKey, error) {
	if err := mfa.CheckIdempotencyKey("idempotency-key", drawn); err != nil {
		return ClientKey{}, err
	}
	return ClientKey{must(hkdf.Extract(sha256.New, []byte(drawn), nil))}, nil // fails only where SHA-256 is not allowed
}

// Seal encrypts a value: HKDF-SHA-256 (RFC 5869), then AES-256-GCM with a random nonce
// (RFC 5116 §5.2). Context is what the value belongs to (the actor and the call); Open
// must be given the same. The result is 28 bytes longer than plain.
//
// An empty plain, or no key, is a fault of the program and panics.
func (k ClientKey) Seal(context, plain []byte) []byte {
	mustHold(plain)
	return gcm(k.derive(labelSeal)).Seal(nil, nil, plain, context) //nolint:gosec // G407: gcm draws the nonce itself
}

// Open decrypts what Seal made. Every failure is mfa.Damaged: another key, another
// context, a changed value. Without an error the value is never empty.
func (k ClientKey) Open(context, sealed []byte) ([]byte, error) {
	plain, err := gcm(k.derive(labelSeal)).Open(nil, nil, sealed, context)
	if err != nil || len(plain) == 0 {
		return nil, damaged("under.open", "", "the kept answer does not open: it was changed, or belongs to another call")
	}
	return plain, nil
}

// Fingerprint returns what a store keeps to know the same request again: HMAC-SHA-256
// under a key derived from the client's. It is keyed so that a request with a password in
// it leaves no fast hash of the password behind. Two fingerprints are compared with
// crypto/subtle.
func (k ClientKey) Fingerprint(data []byte) []byte {
	key := k.derive(labelFingerprint)
	h := hmac.New(sha256.New, key[:])
	h.Write(data)
	return h.Sum(nil)
}

// derive makes the key of one purpose.
func (k ClientKey) derive(label string) [keySize]byte {
	if k.root == nil {
		panic("seal: no key of a client")
	}
	return [keySize]byte(must(hkdf.Expand(sha256.New, k.root, label, keySize))) // fails only for a length that SHA-256 cannot give
}
