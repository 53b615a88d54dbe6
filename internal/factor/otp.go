package factor

import (
	"cmp"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"strings"

	"github.com/pquerna/otp"
	rfc4226 "github.com/pquerna/otp/hotp"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Lengths of a shared secret in bytes.
const (
	newSecretLen = 20  // RFC 4226 §4 R6 recommends 160 bits
	minSecretLen = 16  // RFC 4226 §4 R6 requires 128 bits; less is refused wherever it appears
	maxSecretLen = 128 // the block of SHA-512; more adds nothing and no longer fits a QR code
)

// maxCounter bounds every counter, so that window arithmetic cannot overflow
// and any JSON reader keeps the value exact.
const maxCounter = 1 << 53

// The defaults of RFC 6238, which every authenticator app assumes.
const (
	defaultAlgorithm = "SHA1"
	defaultDigits    = 6
	defaultPeriod    = 30
)

// algorithm returns the library's word for a name, and whether it is allowed.
func algorithm(name string) (otp.Algorithm, bool) {
	switch name {
	case "SHA1":
		return otp.AlgorithmSHA1, true
	case "SHA256":
		return otp.AlgorithmSHA256, true
	case "SHA512":
		return otp.AlgorithmSHA512, true
	default:
		return 0, false
	}
}

// settle fills in the defaults and refuses whatever is not offered, with a
// Usage error that names the parameter.
func settle(kind mfa.Kind, p mfa.OTPParams) (mfa.OTPParams, error) {
	p.Algorithm = cmp.Or(p.Algorithm, defaultAlgorithm)
	p.Digits = cmp.Or(p.Digits, defaultDigits)
	if p.Period == 0 && kind == mfa.KindTOTP {
		p.Period = defaultPeriod
	}
	_, known := algorithm(p.Algorithm)
	switch {
	case !known:
		return p, mfa.UsageError("algorithm", "the algorithm must be SHA1, SHA256 or SHA512")
	case kind == mfa.KindHOTP && p.Algorithm != defaultAlgorithm:
		return p, mfa.UsageError("algorithm", "hotp knows SHA1 only (RFC 4226)")
	case p.Digits != 6 && p.Digits != 8:
		return p, mfa.UsageError("digits", "a code must have 6 or 8 digits")
	case kind == mfa.KindHOTP && p.Period != 0:
		return p, mfa.UsageError("period", "hotp has no period")
	case kind == mfa.KindTOTP && p.Period != 30 && p.Period != 60:
		return p, mfa.UsageError("period", "the period must be 30 or 60 seconds")
	}
	return p, nil
}

// drawSecret reads a new secret. A source that gives too little is an error,
// never a secret that ends in zeros.
func drawSecret(r io.Reader) ([]byte, error) {
	secret := make([]byte, newSecretLen)
	if _, err := io.ReadFull(r, secret); err != nil {
		return nil, mfa.Fault(fmt.Errorf("draw a secret: %w", err))
	}
	return secret, nil
}

// plainBase32 is the alphabet of otpauth secrets, without padding.
func plainBase32() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }

// generator makes the codes of one secret.
type generator struct {
	secret string // base32, the form in which the library takes it
	opts   rfc4226.ValidateOpts
}

// newGenerator is the one way from a stored secret to its codes, and so the
// place where a short secret is refused at verification (RFC 4226 §4 R6).
func newGenerator(kind mfa.Kind, secret []byte, p mfa.OTPParams) (generator, error) {
	if len(secret) < minSecretLen || len(secret) > maxSecretLen {
		return generator{}, unreadable(kind, fmt.Sprintf("its secret must have %d to %d bytes", minSecretLen, maxSecretLen))
	}
	if settled, err := settle(kind, p); err != nil || settled != p {
		return generator{}, unreadable(kind, "its parameters are not among the allowed ones")
	}
	alg, _ := algorithm(p.Algorithm)
	return generator{
		secret: plainBase32().EncodeToString(secret),
		opts:   rfc4226.ValidateOpts{Digits: otp.Digits(p.Digits), Algorithm: alg},
	}, nil
}

// code returns the code of a counter (RFC 4226 §5.3).
func (g generator) code(counter uint64) string {
	code, err := rfc4226.GenerateCodeCustom(g.secret, counter, g.opts)
	if err != nil {
		panic(err) // newGenerator has encoded the secret
	}
	return code
}

// matches compares an answer with the codes of n counters from the first on.
// Element i is 1 if the answer is the code of first+i, else 0. Every code is
// computed and compared in constant time, whatever the others gave (OWASP ASVS
// 11.2.4). There is no counter below zero, so those match nothing.
func (g generator) matches(first int64, n int, answer string) []int {
	hits := make([]int, n)
	for i := range hits {
		counter := first + int64(i)
		if counter < 0 {
			continue
		}
		hits[i] = subtle.ConstantTimeCompare([]byte(g.code(uint64(counter))), []byte(answer))
	}
	return hits
}

// pairs is matches for two answers in a row: element i is 1 if the codes of
// first+i and first+i+1 are the two answers.
func (g generator) pairs(first int64, n int, one, two string) []int {
	ones, twos := g.matches(first, n, one), g.matches(first+1, n, two)
	for i := range ones {
		ones[i] &= twos[i]
	}
	return ones
}

// isCode reports whether an answer is exactly n ASCII digits. Nothing is
// trimmed and no other digits count, so one code has one spelling (the cause of
// CVE-2025-6014 was that it had several).
func isCode(answer string, n int) bool {
	return len(answer) == n && strings.Trim(answer, "0123456789") == ""
}

// areCodes returns ErrWrong unless each answer is n ASCII digits.
func areCodes(answers []string, n int) error {
	for _, answer := range answers {
		if !isCode(answer, n) {
			return ErrWrong
		}
	}
	return nil
}

// fitsOTP reports whether an answer has the form of some one-time password.
func fitsOTP(answer string) bool { return isCode(answer, 6) || isCode(answer, 8) }
