package act

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/mfactl/mfactl/internal/mfa"
)

// NewBearer returns 256 random bits as a token, and the hash under which it is kept.
func (a *Act) NewBearer(prefix string) (token mfa.Secret, hash string) {
	var b [mfa.BearerBytes]byte
	if _, err := io.ReadFull(a.Rand, b[:]); err != nil {
		a.Wrote(mfa.Fault(err))
	}
	token = mfa.NewBearer(prefix, b)
	_, hash, _ = ParseBearer(token)
	return token, hash
}

// ParseBearer returns what a token opens, by its prefix, and the hash under which it is
// kept; false for what is no token at all.
func ParseBearer(token mfa.Secret) (prefix, hash string, ok bool) {
	if prefix = mfa.BearerPrefix(token); prefix == "" {
		return "", "", false
	}
	sum := sha256.Sum256([]byte(token.Reveal()))
	return prefix, hex.EncodeToString(sum[:]), true
}

// isAPIToken reports whether a caller bears an API token, alive or not.
func isAPIToken(token mfa.Secret) bool { return mfa.BearerPrefix(token) == mfa.TokenPrefix }
