package factor

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

const maxURILen = 4096 // more than a QR code holds

// ParseURI reads an otpauth URI, which only tests do, and strictly: the exact scheme, a label with issuer
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
