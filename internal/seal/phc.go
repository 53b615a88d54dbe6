package seal

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Bounds of the argon2id hashes that are run at all. An attacker who can write a hash
// into the store or an import must not be able to stop the machine with it: the
// dearest costs about twenty of ours. RFC 9106 §4 recommends m=65536, t=3, p=4
// where memory is short, which fits.
const (
	phcMemoryMax = 256 * 1024  // KiB
	phcWorkMax   = 1024 * 1024 // memory in KiB times passes
	phcPassesMax = 64
	phcLanesMax  = 16
	phcSaltMin   = 8 // bytes
	phcSaltMax   = 64
	phcTagMin    = 16 // bytes
	phcTagMax    = 64
	phcLenMax    = 256 // characters of the whole text
)

// checkPHC returns mfa.Damaged unless the text is an argon2id hash, version 19,
// in the one PHC form, with parameters within bounds (RFC 9106 §3.1). Other
// spellings of the same hash are refused, so that this and the library's
// decoder cannot understand a text in two ways.
func checkPHC(phc string) error {
	if len(phc) > phcLenMax {
		return badPHC()
	}
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v=19" {
		return badPHC()
	}
	var m, t, p uint32
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || part[3] != fmt.Sprintf("m=%d,t=%d,p=%d", m, t, p) {
		return badPHC()
	}
	bounded := p >= 1 && p <= phcLanesMax && t >= 1 && t <= phcPassesMax &&
		m >= 8*p && m <= phcMemoryMax && m*t <= phcWorkMax // at most 2^24, no overflow
	if !bounded || !isBase64(part[4], phcSaltMin, phcSaltMax) || !isBase64(part[5], phcTagMin, phcTagMax) {
		return badPHC()
	}
	return nil
}

// isBase64 reports whether a text is standard base64 without padding of that
// many bytes.
func isBase64(text string, least, most int) bool {
	if strings.ContainsAny(text, "\r\n") {
		return false // the decoder skips them
	}
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return err == nil && len(b) >= least && len(b) <= most
}

// badPHC is the error of a password hash that is not run. It does not quote it.
func badPHC() *mfa.Error {
	return mfa.Errorf(mfa.Damaged, "a password hash cannot be used: it is not argon2id in PHC form, or its parameters are out of bounds").
		WithHint("reset the user's password").WithDetail("password.hash")
}
