package mfa

import "strings"

// MaxBackupCodes is how many backup codes a set may hold. One answer may carry a
// whole set, with one code on each line.
const MaxBackupCodes = 20

// CleanCode drops the spaces and hyphens people type inside a code, and reports
// whether what is left has the form of one: 6 or 8 digits, or 16 symbols. It is
// for whoever asks a person; the engine forgives nothing in one-time passwords.
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
