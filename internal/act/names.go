package act

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"github.com/mfactl/mfactl/internal/look"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Bounds of names, in code points; of addresses RFC 5321 §4.5.3.1.
const (
	maxName  = 64
	maxEmail = 254
	maxLocal = 64
	maxText  = 500
	maxRole  = 32
)

// CanonicalEmail returns the one form under which an address is looked up, counted,
// locked and recorded: PRECIS UsernameCaseMapped (RFC 8265 §3.3). Nothing is
// trimmed.
func CanonicalEmail(s string) (string, error) {
	bad := mfa.UsageError("email", "malformed e-mail address").WithHint("give one like alice@acme.example")
	if len(s) > 4*maxEmail || strings.ContainsAny(s, `:"<>(),;\[]`) {
		return "", bad
	}
	out, err := precis.UsernameCaseMapped.String(s)
	if err != nil {
		return "", bad
	}
	local, domain, ok := strings.Cut(out, "@")
	switch {
	case !ok || local == "" || domain == "" || strings.Contains(domain, "@"):
		return "", bad
	case len(out) > maxEmail || len(local) > maxLocal:
		return "", bad
	case strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(out, ".."):
		return "", bad
	}
	return out, nil
}

// CheckScripts refuses an address of which a part mixes scripts, so that it looks like
// another one: a new address is written in one script.
func CheckScripts(address string) error {
	if label, mixed := look.MixedScripts(address); mixed {
		return mfa.UsageError("email", "%q mixes the letters of several scripts, so it can be taken for another address", label).
			WithHint("write each part of the address in one script")
	}
	return nil
}

// CanonicalName returns a community's name or a factor's label in NFC: 1 to 64 code
// points that can be seen, no control, format or unassigned character (OWASP
// ASVS 2.2.1).
func CanonicalName(field, s string) (string, error) {
	s = norm.NFC.String(s)
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s):
		return "", mfa.UsageError(field, "not valid UTF-8")
	case n == 0:
		return "", mfa.UsageError(field, "empty")
	case n > maxName:
		return "", mfa.UsageError(field, "longer than %d characters", maxName)
	case s != strings.TrimSpace(s):
		return "", mfa.UsageError(field, "begins or ends with a space")
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return "", mfa.UsageError(field, "has characters that cannot be seen")
	}
	return s, nil
}

// CanonicalCommunityName is a name that can also stand as the issuer of an otpauth URI,
// where a colon would end it, and that nobody takes for the id of another
// community.
func CanonicalCommunityName(s string) (string, error) {
	out, err := CanonicalName("community", s)
	switch {
	case err != nil:
		return "", err
	case strings.Contains(out, ":"):
		return "", mfa.UsageError("community", "has a colon")
	case IsID(out):
		return "", mfa.UsageError("community", "has the form of an id")
	}
	return out, nil
}

// CheckRoleName refuses what cannot name a role that a community makes.
func CheckRoleName(r mfa.Role) error {
	if _, ok := r.BuiltIn(); ok {
		return mfa.Errorf(mfa.Conflict, "the role %s is built in", r)
	}
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789-"
	s := string(r)
	if s == "" || len(s) > maxRole || !strings.Contains(letters, s[:1]) || strings.Trim(s, letters+others) != "" {
		return mfa.UsageError("name", "malformed").WithHint("1 to %d of a-z, 0-9 and -, a letter first", maxRole)
	}
	return nil
}

// isInvisible reports whether a character formats text, such as one that turns its
// direction, or ends a line.
func isInvisible(r rune) bool { return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) }

// CheckOneLine refuses a text that is not one line, that is too long, or that has characters
// which nobody sees (Unicode Technical Report 36). It may be empty.
func CheckOneLine(field, s string) error {
	switch {
	case !utf8.ValidString(s):
		return mfa.UsageError(field, "not valid UTF-8")
	case utf8.RuneCountInString(s) > maxText:
		return mfa.UsageError(field, "longer than %d characters", maxText)
	case strings.ContainsFunc(s, unicode.IsControl):
		return mfa.UsageError(field, "has control characters")
	}
	if i := strings.IndexFunc(s, isInvisible); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return mfa.UsageError(field, "has the invisible character %U, which can change how the rest is read", r)
	}
	return nil
}
