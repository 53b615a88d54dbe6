package factor

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Limits of an otpauth URI.
const (
	otpauthScheme = "otpauth://"
	maxNameLen    = 256 // bytes of an issuer or account; an e-mail address has at most 254
)

// URI is what an otpauth:// URI says: what an authenticator app needs to know
// of a one-time password. Two are equal if all their fields are.
type URI struct {
	Kind    mfa.Kind      // totp or hotp
	Issuer  string        // the community's name
	Account string        // the e-mail address
	Secret  mfa.Secret    // base32 without padding, 16 to 128 bytes
	Params  mfa.OTPParams // zero fields stand for the defaults
	Counter int64         // next counter, for hotp only
}

// BuildURI writes the URI: label Issuer:account, secret and issuer, and of the
// parameters only those that differ from the default, so that the QR code stays
// small. Every value is percent-encoded, a space as %20, since apps show a plus
// sign as it is. The colon divides the label, so issuer and account must not
// hold one. What is refused is a Usage error that names the field.
func BuildURI(u URI) (mfa.Secret, error) {
	p, err := u.check()
	if err != nil {
		return mfa.Secret{}, err
	}
	query := url.Values{"secret": {u.Secret.Reveal()}, "issuer": {u.Issuer}}
	if p.Algorithm != defaultAlgorithm {
		query.Set("algorithm", p.Algorithm)
	}
	if p.Digits != defaultDigits {
		query.Set("digits", strconv.Itoa(p.Digits))
	}
	if u.Kind == mfa.KindHOTP {
		query.Set("counter", strconv.FormatInt(u.Counter, 10))
	} else if p.Period != defaultPeriod {
		query.Set("period", strconv.Itoa(p.Period))
	}
	label := percent(url.QueryEscape(u.Issuer)) + ":" + percent(url.QueryEscape(u.Account))
	return mfa.NewSecret(otpauthScheme + string(u.Kind) + "/" + label + "?" + percent(query.Encode())), nil
}

// percent turns the form encoding of net/url into the one that apps read. A plus
// sign in it always stands for a space, and %40 for an at sign, which is legal
// where it is put back and keeps the QR code of an address smaller.
func percent(escaped string) string {
	return strings.NewReplacer("+", "%20", "%40", "@").Replace(escaped)
}

// check returns the settled parameters if the URI can be written, else a Usage
// error that names the field.
func (u URI) check() (mfa.OTPParams, error) {
	if u.Kind != mfa.KindTOTP && u.Kind != mfa.KindHOTP {
		return mfa.OTPParams{}, mfa.UsageError("kind", "only totp and hotp have an otpauth URI")
	}
	if err := checkName("issuer", u.Issuer); err != nil {
		return mfa.OTPParams{}, err
	}
	if err := checkName("account", u.Account); err != nil {
		return mfa.OTPParams{}, err
	}
	secret, err := plainBase32().DecodeString(u.Secret.Reveal())
	switch {
	case err != nil || plainBase32().EncodeToString(secret) != u.Secret.Reveal():
		return mfa.OTPParams{}, mfa.UsageError("secret", "the secret is not base32 in capitals without padding")
	case len(secret) < minSecretLen || len(secret) > maxSecretLen:
		return mfa.OTPParams{}, mfa.UsageError("secret", "the secret must have %d to %d bytes", minSecretLen, maxSecretLen)
	case u.Kind == mfa.KindTOTP && u.Counter != 0:
		return mfa.OTPParams{}, mfa.UsageError("counter", "totp has no counter")
	case u.Counter < 0 || u.Counter > maxCounter:
		return mfa.OTPParams{}, mfa.UsageError("counter", "the counter is out of range")
	}
	return settle(u.Kind, u.Params)
}

// checkName refuses a name that an app could take for something else than it
// is: empty, with the colon that divides a label, or with what cannot be seen.
func checkName(field, name string) error {
	switch {
	case name == "":
		return mfa.UsageError(field, "the %s must not be empty", field)
	case len(name) > maxNameLen:
		return mfa.UsageError(field, "the %s must not be longer than %d bytes", field, maxNameLen)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return mfa.UsageError(field, "the %s must be UTF-8 without control characters", field)
	case strings.TrimSpace(name) != name:
		return mfa.UsageError(field, "the %s must not begin or end with a space", field)
	case strings.Contains(name, ":"):
		return mfa.UsageError(field, "the %s must not contain a colon", field)
	}
	return nil
}

// enrollOTP draws a secret of 20 bytes (RFC 4226 §4 R6) for a one-time password and shows it
// as base32 and as otpauth URI. cred makes the credential to keep of it.
func enrollOTP[T any](kind mfa.Kind, s Subject, cred func(p mfa.OTPParams, secret []byte) T) (Cred, mfa.Reveal, error) {
	p, err := settle(kind, s.Params)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	secret, err := drawSecret(s.Rand)
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	shown := mfa.NewSecret(plainBase32().EncodeToString(secret))
	uri, err := BuildURI(URI{Kind: kind, Issuer: s.Issuer, Account: s.Account, Secret: shown, Params: p})
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	c, err := encode(cred(p, secret))
	if err != nil {
		return nil, mfa.Reveal{}, err
	}
	return c, mfa.Reveal{Secret: shown, OtpauthURI: uri}, nil
}
