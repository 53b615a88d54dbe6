package factor

import (
	"encoding/base32"
	"net/url"
	"strconv"
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// URI is an otpauth URI, as an authenticator app reads it from a QR code
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
type URI struct {
	Kind    mfa.Kind // totp or hotp
	Issuer  string
	Account string
	Secret  string // base32 without padding
	Params  mfa.OTPParams
	Counter uint64 // hotp only
}

// Build writes the URI. Only parameters that are not the default are written,
// so that the QR code stays small. Usage, naming the field, for an issuer or
// account with a colon, which would end the issuer.
func (u URI) Build() (mfa.Secret, error) {
	if strings.Contains(u.Issuer, ":") || u.Issuer == "" {
		return mfa.Secret{}, mfa.Bad("issuer", "empty, or has a colon")
	}
	if strings.Contains(u.Account, ":") || u.Account == "" {
		return mfa.Secret{}, mfa.Bad("account", "empty, or has a colon")
	}
	q := url.Values{"secret": {u.Secret}, "issuer": {u.Issuer}}
	if a := u.Params.Algorithm; a != "" && a != "SHA1" {
		q.Set("algorithm", a)
	}
	if d := u.Params.Digits; d != 0 && d != 6 {
		q.Set("digits", strconv.Itoa(d))
	}
	if p := u.Params.Period; p != 0 && p != 30 {
		q.Set("period", strconv.Itoa(p))
	}
	if u.Kind == mfa.KindHOTP {
		q.Set("counter", strconv.FormatUint(u.Counter, 10))
	}
	label := url.PathEscape(u.Issuer) + ":" + url.PathEscape(u.Account)
	query := strings.ReplaceAll(q.Encode(), "+", "%20") // many apps show a plus as a plus
	return mfa.NewSecret("otpauth://" + string(u.Kind) + "/" + label + "?" + query), nil
}

// ParseURI reads what Build writes, and refuses everything else. Usage; the
// error never quotes the input, since it holds a secret.
func ParseURI(text string) (URI, error) {
	bad := func(why string) (URI, error) { return URI{}, mfa.Bad("otpauth_uri", "%s", why) }
	p, err := url.Parse(text)
	if err != nil || p.Scheme != "otpauth" || p.User != nil || p.Fragment != "" {
		return bad("not an otpauth URI")
	}
	u := URI{Kind: mfa.Kind(p.Host)}
	if u.Kind != mfa.KindTOTP && u.Kind != mfa.KindHOTP {
		return bad("neither totp nor hotp")
	}
	label, ok := strings.CutPrefix(p.Path, "/")
	issuer, account, colon := strings.Cut(label, ":")
	if !ok || !colon || issuer == "" || account == "" || strings.Contains(account, ":") {
		return bad("the label is not issuer:account")
	}
	u.Issuer, u.Account = issuer, account
	q, err := url.ParseQuery(p.RawQuery)
	if err != nil {
		return bad("the parameters cannot be read")
	}
	if why := u.parameters(q); why != "" {
		return bad(why)
	}
	return u, nil
}

// parameters takes each known parameter at most once; it returns what is wrong.
func (u *URI) parameters(q url.Values) string {
	for name, values := range q {
		if len(values) != 1 {
			return "a parameter is repeated"
		}
		v, ok := values[0], false
		switch name {
		case "secret":
			u.Secret, ok = v, true
		case "issuer":
			ok = v == u.Issuer
		case "algorithm":
			u.Params.Algorithm = v
			_, ok = algorithms(v)
		case "digits":
			u.Params.Digits, ok = number(v, 6, 8)
		case "period":
			u.Params.Period, ok = number(v, 30, 60)
			ok = ok && u.Kind == mfa.KindTOTP
		case "counter":
			n, err := strconv.ParseUint(v, 10, 63)
			u.Counter, ok = n, err == nil && u.Kind == mfa.KindHOTP
		}
		if !ok {
			return "a parameter is unknown or has a value that does not exist"
		}
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Secret)
	switch {
	case err != nil:
		return "the secret is not base32"
	case len(raw) < minSecret:
		return "the secret is shorter than 16 bytes"
	case q.Get("issuer") == "":
		return "the issuer is missing"
	}
	return ""
}

func number(s string, allowed ...int) (int, bool) {
	for _, n := range allowed {
		if s == strconv.Itoa(n) {
			return n, true
		}
	}
	return 0, false
}
