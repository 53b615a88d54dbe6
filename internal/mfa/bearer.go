package mfa

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
)

// SessionPrefix begins the token of a session, as [TokenPrefix] an API token.
// With the checksum they let secret scanners find what leaked.
const SessionPrefix = "mfactl_s_"

// BearerBytes is how many random bytes a token has (OWASP ASVS 7.2.3).
const BearerBytes = 32

// NewBearer writes random bytes as a token: its prefix, the bytes in hexadecimal
// digits, and a checksum.
func NewBearer(prefix string, random [BearerBytes]byte) Secret {
	body := prefix + hex.EncodeToString(random[:])
	return NewSecret(body + checksum(body))
}

// BearerPrefix returns the prefix of a token, which says what it opens; "" for
// what is no token, or one that was mistyped or cut off.
func BearerPrefix(token Secret) string {
	text := token.Reveal()
	for _, prefix := range []string{SessionPrefix, TokenPrefix} {
		body := len(prefix) + 2*BearerBytes
		if strings.HasPrefix(text, prefix) && len(text) == body+8 && checksum(text[:body]) == text[body:] {
			return prefix
		}
	}
	return ""
}

// checksum is eight digits of CRC-32, as scanners compute it (IEEE 802.3).
func checksum(body string) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}
