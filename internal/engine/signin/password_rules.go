package signin

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// A password has 8 to 128 characters whatever the policy says; nothing is cut
// off (NIST SP 800-63B §3.1.1.2).
const (
	minPassword = 8
	maxPassword = 128
)

// commonPasswords are passwords of eight and more characters from public lists
// of the most frequent ones, most frequent first, one a line.
//
//go:embed common.txt
var commonPasswords string

// CheckPassword refuses a new password that is too short, too long, or among the
// common ones. There is no composition rule (OWASP ASVS 6.2.5).
func CheckPassword(p mfa.Secret) error {
	value := act.NormalPassword(p).Reveal()
	switch n := utf8.RuneCountInString(value); {
	case !utf8.ValidString(value):
		return mfa.UsageError("password", "not valid UTF-8")
	case n < minPassword:
		return mfa.UsageError("password", "shorter than %d characters", minPassword)
	case n > maxPassword:
		return mfa.UsageError("password", "longer than %d characters", maxPassword)
	case strings.Contains("\n"+commonPasswords, "\n"+strings.ToLower(value)+"\n"):
		return mfa.UsageError("password", "among the most common passwords").WithHint("choose several words of your own")
	}
	return nil
}

// CheckPasswordOf refuses a password that is shorter than the account's policy asks for, or
// that is its own address or community (OWASP ASVS 6.2.11).
func CheckPasswordOf(u *act.Account, p mfa.Secret) error {
	value, shortest := act.NormalPassword(p).Reveal(), u.Policy.PasswordMinLength
	if utf8.RuneCountInString(value) < shortest {
		return mfa.UsageError("password", "shorter than %d characters", shortest)
	}
	local, _, _ := strings.Cut(u.Email, "@")
	for _, word := range []string{u.Email, local, u.Community.Name} {
		if strings.EqualFold(value, word) {
			return mfa.UsageError("password", "it is your own address or community")
		}
	}
	return nil
}
