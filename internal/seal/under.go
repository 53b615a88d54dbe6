package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Bounds of a client's key, in bytes. A client draws 128 random bits; the lower
// bound holds in whatever way it writes them as text.
const (
	clientKeyMin = 16
	clientKeyMax = 256
)

// The HKDF labels, one for each purpose (RFC 5869 §3.2), so that the
// fingerprint that a store keeps says nothing of the key that seals.
const (
	labelSeal        = "mfactl idempotency seal 1"
	labelFingerprint = "mfactl idempotency fingerprint 1"
)

// CheckClientKey returns mfa.Usage if a text cannot be the key that a client
// draws for one call. It must be asked before the functions that take one.
func CheckClientKey(clientKey string) error {
	if len(clientKey) < clientKeyMin || len(clientKey) > clientKeyMax {
		return mfa.Bad("idempotency-key", "an idempotency key has %d to %d characters, drawn at random", clientKeyMin, clientKeyMax)
	}
	return nil
}

// SealUnder encrypts a value under a key that the client drew and the store
// never keeps: HKDF-SHA-256 (RFC 5869), then AES-256-GCM with a random nonce
// (RFC 5116 §5.2). Context is what the value belongs to (the actor and the
// call); OpenUnder must be given the same. The result is 28 bytes longer than
// plain.
//
// An empty plain, or a key that CheckClientKey refuses, is a fault of the
// program and panics.
func SealUnder(clientKey string, context, plain []byte) []byte { //nolint:revive // the pair is SealUnder and OpenUnder
	mustHold(plain)
	return gcm(derive(clientKey, labelSeal)).Seal(nil, nil, plain, context) //nolint:gosec // G407: gcm draws the nonce itself
}

// OpenUnder decrypts what SealUnder made. Every failure is mfa.Damaged: another
// key, another context, a changed value. Without an error the value is never
// empty.
func OpenUnder(clientKey string, context, sealed []byte) ([]byte, error) {
	const message = "the kept answer does not open: it was changed, or belongs to another call"
	if CheckClientKey(clientKey) != nil {
		return nil, damaged("under.key", "", message)
	}
	plain, err := gcm(derive(clientKey, labelSeal)).Open(nil, nil, sealed, context)
	if err != nil || len(plain) == 0 {
		return nil, damaged("under.open", "", message)
	}
	return plain, nil
}

// Fingerprint returns what a store keeps to know the same request again:
// HMAC-SHA-256 under a key derived from the client's. It is keyed so that a
// request with a password in it leaves no fast hash of the password behind.
// Two fingerprints are compared with crypto/subtle. A key that CheckClientKey
// refuses is a fault of the program and panics.
func Fingerprint(clientKey string, data []byte) []byte {
	key := derive(clientKey, labelFingerprint)
	h := hmac.New(sha256.New, key[:])
	h.Write(data)
	return h.Sum(nil)
}

// derive makes the key of one purpose from a client's key.
func derive(clientKey, label string) [keySize]byte {
	if err := CheckClientKey(clientKey); err != nil {
		panic("seal: " + err.Error())
	}
	b, err := hkdf.Key(sha256.New, []byte(clientKey), nil, label, keySize)
	if err != nil {
		panic("seal: " + err.Error()) // only for a length that SHA-256 cannot give
	}
	return [keySize]byte(b)
}
