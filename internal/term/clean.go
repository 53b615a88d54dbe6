package term

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Clean makes a text harmless to a terminal and to whoever reads it: control
// characters, escape sequences, format and bidirectional characters and invalid
// bytes become visible escapes such as \x1b or \u202e (OWASP ASVS 16.4.1).
func Clean(s string) string { return clean(s, false) }

// CleanLines is Clean for a text of several lines.
func CleanLines(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return harmful(r, lines) || r == utf8.RuneError }) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !harmful(r, lines):
			b.WriteString(s[i : i+n])
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

// CleanJSON makes a JSON text harmless to a terminal without changing what it
// says: what is harmful stands in its strings alone, and becomes an escape.
func CleanJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, func(r rune) bool { return harmful(r, true) }) {
		return text
	}
	var b bytes.Buffer
	for _, r := range string(text) {
		if !harmful(r, true) || r == '\t' || r == '\r' {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.Bytes()
}

// harmful reports control and format characters, line and paragraph separators,
// and whatever is not assigned.
func harmful(r rune, lines bool) bool {
	if r == '\n' {
		return !lines
	}
	return !unicode.IsGraphic(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// SafeCell keeps a spreadsheet from executing a cell (OWASP ASVS 1.2.10).
func SafeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\x00", rune(s[0])) {
		return "'" + s
	}
	return s
}
