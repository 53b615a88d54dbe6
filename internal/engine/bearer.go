package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"io"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// sessionPrefix begins the token of a session, as [mfa.TokenPrefix] an API token.
// With the checksum they let secret scanners find what leaked.
const sessionPrefix = "mfactl_s_"

// newBearer returns 256 random bits as text, and the hash under which it is kept
// (OWASP ASVS 7.2.3).
func newBearer(prefix string, r io.Reader) (token mfa.Secret, hash string, _ error) {
	var b [32]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return mfa.Secret{}, "", mfa.Fault(err)
	}
	body := prefix + hex.EncodeToString(b[:])
	token = mfa.NewSecret(body + checksum(body))
	_, hash, _ = bearer(token)
	return token, hash, nil
}

// bearer returns what a token opens, by its prefix, and the hash under which it is
// kept; false for what is no token at all.
func bearer(token mfa.Secret) (prefix, hash string, ok bool) {
	text := token.Reveal()
	for _, prefix = range []string{sessionPrefix, mfa.TokenPrefix} {
		body := len(prefix) + 64
		if strings.HasPrefix(text, prefix) && len(text) == body+8 && checksum(text[:body]) == text[body:] {
			sum := sha256.Sum256([]byte(text))
			return prefix, hex.EncodeToString(sum[:]), true
		}
	}
	return "", "", false
}

// checksum is eight digits of CRC-32, as scanners compute it (IEEE 802.3).
func checksum(body string) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

// isAPIToken reports whether a caller bears an API token, alive or not.
func isAPIToken(token mfa.Secret) bool {
	prefix, _, ok := bearer(token)
	return ok && prefix == mfa.TokenPrefix
}
