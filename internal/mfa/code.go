package mfa

import "strings"

// MaxBackupCodes is how many backup codes a set may hold. One answer may carry a
// whole set, with one code on each line.
const MaxBackupCodes = 20

// CleanCode drops the spaces and hyphens people type inside a code, and reports
// whether what is left has the form of one: 6 or 8 digits, or 16 symbols. It is
// for a prompt; the engine forgives nothing in one-time passwords.
func CleanCode(answer string) (code string, ok bool) {
	code = strings.NewReplacer(" ", "", "-", "").Replace(answer)
	switch len(code) {
	case 6, 8:
		return code, strings.Trim(code, "0123456789") == ""
	case 16:
		return code, strings.Trim(strings.ToUpper(code), "0123456789ABCDEFGHIJKLMNOPQRSTVWXYZ") == ""
	default:
		return code, false
	}
}

// otpauth begins the address that a QR code holds.
const otpauth = "otpauth://"

// IsGiven reports whether a secret has the form of one that a Service gives: a
// token, a look-up code, the secret of an authenticator or its address. Code that
// shows or saves what came from elsewhere asks this first.
func (s Secret) IsGiven() bool {
	text := s.value
	switch {
	case BearerPrefix(s) != "":
		return true
	case strings.HasPrefix(text, otpauth):
		return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	case strings.Contains(text, "-"):
		return isLookup(text)
	}
	return len(text) >= 16 && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// isLookup reports whether a text is a look-up code as it is shown: four groups of
// four symbols of Crockford's base32.
func isLookup(text string) bool {
	groups := strings.Split(text, "-")
	for _, group := range groups {
		if len(group) != 4 || strings.Trim(group, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			return false
		}
	}
	return len(groups) == 4
}
