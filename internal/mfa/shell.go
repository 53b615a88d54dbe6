package mfa

import "strings"

// ShellWord returns a text, such as a path or an address, so that it can be pasted
// into a command of a hint and is one word there, whatever it holds.
func ShellWord(text string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,="
	if text != "" && strings.Trim(text, safe) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
