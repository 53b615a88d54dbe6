package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
)

// Labels of the keys that follow from a key the client drew.
const (
	labelReply       = "mfactl idempotent reply"
	labelFingerprint = "mfactl idempotent request"
)

// Under seals a value under a key that only the client has: the keyring and
// the database together cannot open it.
func Under(clientKey string, context, plain []byte) []byte {
	return sealWith(nil, derive(clientKey, labelReply), plain, context)
}

// OpenUnder opens what Under made. Damaged for another key or context.
func OpenUnder(clientKey string, context, sealed []byte) ([]byte, error) {
	plain, err := openWith(derive(clientKey, labelReply), sealed, context)
	if err != nil {
		return nil, damaged("a kept answer does not open", err)
	}
	return plain, nil
}

// Fingerprint tells two requests under one client key apart without keeping
// anything that could be guessed at: without the key it is noise.
func Fingerprint(clientKey string, data []byte) []byte {
	return sum(derive(clientKey, labelFingerprint), data)
}

// derive is HKDF-SHA-256 (RFC 5869).
func derive(clientKey, label string) []byte {
	key, err := hkdf.Key(sha256.New, []byte(clientKey), nil, label, keySize)
	if err != nil {
		panic(err) // 32 bytes can always be had
	}
	return key
}
