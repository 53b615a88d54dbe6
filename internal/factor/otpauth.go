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
	maxURILen     = 4096 // more than a QR code holds
	maxNameLen    = 256  // bytes of an issuer or account; an e-mail address has at most 254
)

// URI is what an otpauth:// URI says: what an authenticator app needs to know
// of a one-time password. Two are equal if all their fields are.
type URI struct {
	Kind    mfa.Kind      // totp or hotp
	Issuer  string        // the community's name
	Account string        // the e-mail address
	Secret  mfa.Secret    // base32 without padding, 16 to 128 bytes
	Params  mfa.OTPParams // zero fields stand for the defaults when built, are filled in when parsed
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

// ParseURI reads an otpauth URI strictly: the exact scheme, a label with issuer
// and account, the issuer again as a parameter, each parameter known and once,
// each value in its one spelling. Errors are Usage errors on the field "uri"
// that name what is wrong but never repeat a piece of it.
func ParseURI(raw string) (URI, error) {
	rest, ok := strings.CutPrefix(raw, otpauthScheme)
	switch {
	case !ok:
		return URI{}, badURI("it does not begin with otpauth://")
	case len(raw) > maxURILen:
		return URI{}, badURI("it is too long")
	case !printable(raw):
		return URI{}, badURI("it holds characters that must be percent-encoded")
	}
	path, query, _ := strings.Cut(rest, "?")
	host, label, _ := strings.Cut(path, "/")
	u := URI{Kind: mfa.Kind(host)}
	if u.Kind != mfa.KindTOTP && u.Kind != mfa.KindHOTP {
		return URI{}, badURI("its type is neither totp nor hotp")
	}
	if err := u.readLabel(label); err != nil {
		return URI{}, err
	}
	if err := u.readQuery(query); err != nil {
		return URI{}, err
	}
	var err error
	u.Params, err = u.check()
	if err != nil {
		return URI{}, badURI(mfa.AsError(err).Message)
	}
	return u, nil
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

// printable reports whether a URI has only the characters one may have, and no
// fragment.
func printable(raw string) bool {
	for i := range len(raw) {
		if raw[i] <= ' ' || raw[i] > '~' || raw[i] == '#' {
			return false
		}
	}
	return true
}

// readLabel takes issuer and account from the path.
func (u *URI) readLabel(label string) error {
	if strings.Contains(label, "/") {
		return badURI("its label has a slash that is not percent-encoded")
	}
	plain, err := url.PathUnescape(label)
	if err != nil {
		return badURI("its label is not percent-encoded properly")
	}
	issuer, account, ok := strings.Cut(plain, ":")
	if !ok {
		return badURI("its label is not of the form issuer:account")
	}
	u.Issuer, u.Account = issuer, account
	return nil
}

// readQuery takes the parameters, each at most once. It does not use
// url.ParseQuery, which hands a repeated parameter on, forgives empty ones and
// reads a plus sign as a space where an app may not.
func (u *URI) readQuery(query string) error {
	seen := make(map[string]string)
	for part := range strings.SplitSeq(query, "&") {
		name, escaped, _ := strings.Cut(part, "=")
		if escaped == "" {
			return badURI("it has a parameter without a value")
		}
		if strings.Contains(escaped, "+") {
			return badURI("a plus sign must be written as %2B and a space as %20")
		}
		value, err := url.PathUnescape(escaped)
		if err != nil {
			return badURI("a parameter is not percent-encoded properly")
		}
		if _, twice := seen[name]; twice {
			return badURI("it has a parameter twice")
		}
		seen[name] = value
		if err := u.set(name, value); err != nil {
			return err
		}
	}
	return u.agree(seen)
}

// set takes one parameter. Whether its value is allowed is for check to say; a
// zero, which there stands for the default, is refused here.
func (u *URI) set(name, value string) error {
	switch name {
	case "secret":
		u.Secret = mfa.NewSecret(value)
	case "issuer": // compared with the label in agree
	case "algorithm":
		u.Params.Algorithm = value
	case "digits":
		return readNumber(&u.Params.Digits, 1, value)
	case "period":
		return readNumber(&u.Params.Period, 1, value)
	case "counter":
		return readNumber(&u.Counter, 0, value)
	default:
		return badURI("it has an unknown parameter")
	}
	return nil
}

// agree refuses a URI whose parameters do not go with its type and label. The
// issuer stands in it twice, and an app may show either one.
func (u *URI) agree(seen map[string]string) error {
	_, counter := seen["counter"]
	switch {
	case seen["issuer"] != u.Issuer:
		return badURI("its label and its issuer parameter do not name the same issuer")
	case u.Kind == mfa.KindHOTP && !counter:
		return badURI("hotp needs a counter")
	case u.Kind == mfa.KindTOTP && counter:
		return badURI("totp has no counter")
	}
	return nil
}

// readNumber reads a decimal number in its one spelling: no sign, no leading
// zero.
func readNumber[T int | int64](into *T, least int64, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != value || n < least || int64(T(n)) != n {
		return badURI("a parameter is not a number in its usual form")
	}
	*into = T(n)
	return nil
}

// badURI makes the error of ParseURI.
func badURI(why string) error {
	return mfa.UsageError("uri", "%s", "the otpauth URI cannot be used: "+why)
}

// revealSecret is what an enrollment of a one-time password shows.
func revealSecret(kind mfa.Kind, s Subject, p mfa.OTPParams, secret []byte) (mfa.Reveal, error) {
	shown := mfa.NewSecret(plainBase32().EncodeToString(secret))
	uri, err := BuildURI(URI{Kind: kind, Issuer: s.Issuer, Account: s.Account, Secret: shown, Params: p})
	if err != nil {
		return mfa.Reveal{}, err
	}
	return mfa.Reveal{Secret: shown, OtpauthURI: uri}, nil
}
