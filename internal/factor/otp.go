package factor

import (
	"bytes"
	"crypto/subtle"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Lengths of one-time password secrets in bytes (RFC 4226 §4 R6): new ones have
// 20, none under 16 is ever used.
const (
	newSecret = 20
	minSecret = 16
)

// otpKey is what the two kinds of one-time password have in common.
type otpKey struct {
	Secret    []byte `json:"secret"`
	Algorithm string `json:"algorithm"`
	Digits    int    `json:"digits"`
}

// newKey draws a secret. A short read is an error, never a run of zeros.
func newKey(s Subject) (otpKey, error) {
	k := otpKey{Secret: make([]byte, newSecret), Algorithm: s.Params.Algorithm, Digits: s.Params.Digits}
	if k.Algorithm == "" {
		k.Algorithm = "SHA1"
	}
	if k.Digits == 0 {
		k.Digits = 6
	}
	if _, ok := algorithms(k.Algorithm); !ok {
		return k, mfa.Bad("algorithm", "no such algorithm").WithHint("SHA1, SHA256 or SHA512")
	}
	if k.Digits != 6 && k.Digits != 8 {
		return k, mfa.Bad("digits", "must be 6 or 8")
	}
	if _, err := io.ReadFull(s.Rand, k.Secret); err != nil {
		return k, fmt.Errorf("draw a secret: %w", err)
	}
	return k, nil
}

// sound refuses a secret that must never be used.
func (k otpKey) sound() error {
	if _, ok := algorithms(k.Algorithm); !ok || k.Digits != 6 && k.Digits != 8 {
		return errors.New("unknown parameters")
	}
	if len(k.Secret) < minSecret {
		return fmt.Errorf("a secret of %d bytes", len(k.Secret))
	}
	return nil
}

// code returns the code of a counter with its leading zeros (RFC 4226 §5.3).
func (k otpKey) code(counter uint64) (string, error) {
	algorithm, _ := algorithms(k.Algorithm)
	return hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(k.Secret), counter,
		hotp.ValidateOpts{Digits: otp.Digits(k.Digits), Algorithm: algorithm})
}

// match computes the codes of all counters from first to last and compares each
// in constant time, without an early exit. It returns the highest that matches.
func (k otpKey) match(first, last uint64, answer string) (counter uint64, ok bool, err error) {
	hit := 0
	for c := first; c <= last; c++ {
		want, err := k.code(c)
		if err != nil {
			return 0, false, err
		}
		same := subtle.ConstantTimeCompare([]byte(want), []byte(answer))
		hit |= same
		mask := -uint64(same) //nolint:gosec // 0 or 1
		counter = counter&^mask | c&mask
	}
	return counter, hit == 1, nil
}

func (k otpKey) fits(answer string) bool { return len(answer) == k.Digits && isDigits(answer) }

func (k otpKey) base32() string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(k.Secret)
}

func algorithms(name string) (otp.Algorithm, bool) {
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

// isDigits reports ASCII digits only; nothing is trimmed.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// fitsOTP reports the form of a one-time password of any length there is.
func fitsOTP(answer string) bool { return (len(answer) == 6 || len(answer) == 8) && isDigits(answer) }

// decode reads a credential, which is exactly what encode wrote.
func decode(c Cred, into any) error {
	d := json.NewDecoder(bytes.NewReader(c))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New("a credential cannot be read")
	}
	return nil
}

func encode(v any) (Cred, error) { return json.Marshal(v) }
