package factor

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// uriSecret is 20 bytes in base32.
const uriSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

func sampleURI() URI {
	return URI{Kind: mfa.KindTOTP, Issuer: "Acme", Account: "alice@acme.example", Secret: mfa.NewSecret(uriSecret)}
}

func TestAURIIsWrittenAsAppsReadIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*URI)
		want   string
	}{
		{"the defaults are left out", func(*URI) {},
			"otpauth://totp/Acme:alice@acme.example?issuer=Acme&secret=" + uriSecret},
		{"defaults that are given are left out too", func(u *URI) { u.Params = mfa.OTPParams{Algorithm: "SHA1", Digits: 6, Period: 30} },
			"otpauth://totp/Acme:alice@acme.example?issuer=Acme&secret=" + uriSecret},
		{"what differs is said", func(u *URI) { u.Params = mfa.OTPParams{Algorithm: "SHA512", Digits: 8, Period: 60} },
			"otpauth://totp/Acme:alice@acme.example?algorithm=SHA512&digits=8&issuer=Acme&period=60&secret=" + uriSecret},
		{"hotp always says its counter", func(u *URI) { u.Kind = mfa.KindHOTP },
			"otpauth://hotp/Acme:alice@acme.example?counter=0&issuer=Acme&secret=" + uriSecret},
		{"a space is %20 and a plus sign %2B", func(u *URI) { u.Issuer, u.Account = "Acme East", "a+b@acme.example" },
			"otpauth://totp/Acme%20East:a%2Bb@acme.example?issuer=Acme%20East&secret=" + uriSecret},
		{"an issuer injects no parameter", func(u *URI) { u.Issuer = "Acme&secret=AAAA#?/%40" },
			"otpauth://totp/Acme%26secret%3DAAAA%23%3F%2F%2540:alice@acme.example?issuer=Acme%26secret%3DAAAA%23%3F%2F%2540&secret=" + uriSecret},
		{"other scripts are percent-encoded", func(u *URI) { u.Issuer = "Ä" },
			"otpauth://totp/%C3%84:alice@acme.example?issuer=%C3%84&secret=" + uriSecret},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := sampleURI()
			test.change(&u)
			got, err := BuildURI(u)
			if err != nil || got.Reveal() != test.want {
				t.Errorf("%s, error %v\nwant %s", got.Reveal(), err, test.want)
			}
			sameAfterParsing(t, u, got.Reveal())
		})
	}
}

// sameAfterParsing fails unless the URI says what it was made from, to us and
// to the parser of the standard library.
func sameAfterParsing(t testing.TB, u URI, raw string) {
	t.Helper()
	want := u
	want.Params, _ = settle(u.Kind, u.Params)
	got, err := ParseURI(raw)
	if err != nil || got != want {
		t.Errorf("parsed %+v, error %v, want %+v", got, err, want)
	}
	std, err := url.Parse(raw)
	if err != nil {
		t.Fatalf("net/url refuses it: %v", err)
	}
	query, err := url.ParseQuery(std.RawQuery)
	if err != nil || std.Host != string(u.Kind) || std.Path != "/"+u.Issuer+":"+u.Account || std.Fragment != "" ||
		len(query["secret"]) != 1 || query.Get("secret") != u.Secret.Reveal() || query.Get("issuer") != u.Issuer {
		t.Errorf("net/url reads it otherwise: %q, error %v", std, err)
	}
}

func TestAURIThatCouldMisleadIsNotBuilt(t *testing.T) {
	for _, test := range []struct {
		name, field string
		change      func(*URI)
	}{
		{"a colon in the issuer", "issuer", func(u *URI) { u.Issuer = "Acme:East" }},
		{"a colon in the account", "account", func(u *URI) { u.Account = "alice:x" }},
		{"no issuer", "issuer", func(u *URI) { u.Issuer = "" }},
		{"no account", "account", func(u *URI) { u.Account = "" }},
		{"a newline in the issuer", "issuer", func(u *URI) { u.Issuer = "Ac\nme" }},
		{"an escape in the account", "account", func(u *URI) { u.Account = "\x1b[2Jalice" }},
		{"bytes that are no UTF-8", "issuer", func(u *URI) { u.Issuer = "Acme\xff" }},
		{"a space at the end", "issuer", func(u *URI) { u.Issuer = "Acme " }},
		{"an endless account", "account", func(u *URI) { u.Account = strings.Repeat("a", 257) }},
		{"another kind", "kind", func(u *URI) { u.Kind = mfa.KindBackup }},
		{"no secret", "secret", func(u *URI) { u.Secret = mfa.Secret{} }},
		{"a secret of 15 bytes", "secret", func(u *URI) { u.Secret = mfa.NewSecret(strings.Repeat("A", 24)) }},
		{"a secret of 129 bytes", "secret", func(u *URI) { u.Secret = mfa.NewSecret(plainBase32().EncodeToString(make([]byte, 129))) }},
		{"a padded secret", "secret", func(u *URI) { u.Secret = mfa.NewSecret("GEZDGNBVGY3TQOJQGEZDGNBVGY======") }},
		{"a secret in small letters", "secret", func(u *URI) { u.Secret = mfa.NewSecret(strings.ToLower(uriSecret)) }},
		{"a parameter that is not offered", "digits", func(u *URI) { u.Params.Digits = 7 }},
		{"a counter for totp", "counter", func(u *URI) { u.Counter = 1 }},
		{"a counter below zero", "counter", func(u *URI) { u.Kind, u.Counter = mfa.KindHOTP, -1 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := sampleURI()
			test.change(&u)
			got, err := BuildURI(u)
			wantField(t, err, test.field)
			if !got.IsZero() {
				t.Error("a URI came with the refusal")
			}
		})
	}
}

func TestAURIOfAnotherAppIsReadIfItIsUnambiguous(t *testing.T) {
	want := sampleURI()
	want.Params = mfa.OTPParams{Algorithm: "SHA1", Digits: 6, Period: 30}
	for name, raw := range map[string]string{
		"defaults in so many words": "otpauth://totp/Acme:alice@acme.example?secret=" + uriSecret + "&issuer=Acme&algorithm=SHA1&digits=6&period=30",
		"an encoded colon":          "otpauth://totp/Acme%3Aalice@acme.example?secret=" + uriSecret + "&issuer=Acme",
		"an encoded at sign":        "otpauth://totp/Acme:alice%40acme.example?issuer=Acme&secret=" + uriSecret,
	} {
		if got, err := ParseURI(raw); err != nil || got != want {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
	}
}

func TestAURIIsParsedStrictly(t *testing.T) {
	const good = "otpauth://totp/Acme:alice@acme.example?secret=" + uriSecret + "&issuer=Acme"
	const token = "otpauth://hotp/Acme:alice@acme.example?secret=" + uriSecret + "&issuer=Acme"
	swap := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	for name, raw := range map[string]string{
		"nothing":                          "",
		"another scheme":                   swap("otpauth", "https"),
		"a migration":                      swap("otpauth", "otpauth-migration"),
		"a scheme in capitals":             swap("otpauth", "OTPAUTH"),
		"another type":                     swap("totp", "steam"),
		"a type in capitals":               swap("totp", "TOTP"),
		"no type":                          swap("totp", ""),
		"a user before the type":           swap("totp", "user@totp"),
		"a port":                           swap("totp", "totp:443"),
		"no label":                         swap("Acme:alice@acme.example", ""),
		"a label without an issuer":        swap("Acme:", ""),
		"an empty issuer":                  swap("Acme:", ":"),
		"an empty account":                 swap("alice@acme.example", ""),
		"a second colon":                   swap("alice@", "alice:alice@"),
		"a second segment":                 swap("alice@", "x/alice@"),
		"a space after the colon":          swap("Acme:", "Acme:%20"),
		"a bad escape in the label":        swap("alice@", "%zz"),
		"a control character in the label": swap("alice@", "%0a"),
		"no UTF-8 in the label":            swap("alice@", "%ff"),
		"a raw space":                      swap("alice@", "a lice@"),
		"a raw letter of another script":   swap("alice@", "älice@"),
		"a newline at the end":             good + "\n",
		"a fragment":                       good + "#x",
		"no query":                         "otpauth://totp/Acme:alice@acme.example",
		"an empty query":                   "otpauth://totp/Acme:alice@acme.example?",
		"a second question mark":           swap("?", "??"),
		"no secret":                        "otpauth://totp/Acme:alice@acme.example?issuer=Acme",
		"an empty secret":                  swap(uriSecret, ""),
		"a short secret":                   swap(uriSecret, uriSecret[:24]),
		"an endless secret":                swap(uriSecret, strings.Repeat(uriSecret, 7)),
		"a padded secret":                  swap(uriSecret, uriSecret[:26]+"%3D%3D%3D%3D%3D%3D"),
		"a secret in small letters":        swap(uriSecret, strings.ToLower(uriSecret)),
		"a secret with a digit one":        swap(uriSecret, "1"+uriSecret[1:]),
		"a secret with a line break":       swap(uriSecret, uriSecret+"%0A"),
		"a secret with loose bits":         swap(uriSecret, uriSecret[:25]+"Z"),
		"a secret of impossible length":    swap(uriSecret, uriSecret+"A"),
		"a secret with a bad escape":       swap(uriSecret, uriSecret+"%z"),
		"no issuer parameter":              strings.TrimSuffix(good, "&issuer=Acme"),
		"an issuer unlike the label":       strings.TrimSuffix(good, "Acme") + "Evil",
		"a plus sign in both issuers":      "otpauth://totp/Ac+me:alice@acme.example?secret=" + uriSecret + "&issuer=Ac+me",
		"a fragment in the label":          swap("alice@", "al#ice@"),
		"a plus sign":                      strings.TrimSuffix(good, "Acme") + "Ac+me",
		"a repeated secret":                good + "&secret=" + uriSecret,
		"a repeated issuer":                good + "&issuer=Acme",
		"an unknown parameter":             good + "&image=x",
		"a parameter in capitals":          good + "&Digits=6",
		"the secret as a parameter name":   good + "&" + uriSecret + "=1",
		"a parameter without a value":      good + "&digits",
		"a parameter with an empty value":  good + "&digits=",
		"an empty parameter":               good + "&",
		"a semicolon":                      good + ";digits=6",
		"an unknown algorithm":             good + "&algorithm=MD5",
		"an algorithm in small letters":    good + "&algorithm=sha1",
		"seven digits":                     good + "&digits=7",
		"zero digits":                      good + "&digits=0",
		"digits with a leading zero":       good + "&digits=06",
		"digits with a sign":               good + "&digits=%2B6",
		"digits beyond 32 bits":            good + "&digits=4294967302",
		"digits beyond 64 bits":            good + "&digits=18446744073709551622",
		"a period of 15 s":                 good + "&period=15",
		"a period of zero":                 good + "&period=0",
		"a counter for totp":               good + "&counter=0",
		"no counter for hotp":              token,
		"a period for hotp":                token + "&counter=0&period=30",
		"a counter below zero":             token + "&counter=-1",
		"a counter beyond all use":         token + "&counter=9007199254740993",
		"SHA256 for hotp":                  token + "&counter=0&algorithm=SHA256",
		"an endless URI":                   good + "&digits=" + strings.Repeat("6", maxURILen),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseURI(raw)
			wantField(t, err, "uri")
			if got != (URI{}) {
				t.Error("something came with the refusal")
			}
			noEcho(t, raw, err)
		})
	}
}

// noEcho fails if an error repeats what could be a piece of the secret: any run
// of eight base32 characters of the input.
func noEcho(t testing.TB, raw string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	words := strings.FieldsFunc(raw, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '2' || r > '7')
	})
	text := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		text += cause.Error()
	}
	for _, word := range words {
		for i := range max(0, len(word)-7) {
			if strings.Contains(text, word[i:i+8]) {
				t.Errorf("the error repeats %q", word[i:i+8])
			}
		}
	}
}

func TestAURIDoesNotPrintItsSecret(t *testing.T) {
	u := sampleURI()
	raw, err := BuildURI(u)
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{fmt.Sprintf("%v %+v %#v", u, u, u), fmt.Sprintf("%v %s %q %#v", raw, raw, raw, raw)} {
		if strings.Contains(printed, uriSecret) {
			t.Errorf("printed %s", printed)
		}
	}
}
