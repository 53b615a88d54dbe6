package term

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes one line of text safe to show, wherever it came from. Control
// characters (so no escape sequence survives), line and paragraph separators,
// bidirectional and zero-width format characters, private and unassigned code
// points and bytes that are no UTF-8 become visible escapes: \x1b, \u202e.
func Clean(s string) string { return clean(s, "") }

// CleanLines is Clean for several lines: it keeps the line feeds.
func CleanLines(s string) string { return clean(s, "\n") }

// CleanColumns is CleanLines for lines of columns: it also keeps the tabs. A tab only moves
// the cursor of a terminal.
func CleanColumns(s string) string { return clean(s, "\n\t") }

// clean leaves the characters of keep as they are.
func clean(s, keep string) string {
	if strings.IndexFunc(s, isHidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strings.ContainsRune(keep, r), !isHidden(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		i += n
	}
	return b.String()
}

// isHidden reports whether a terminal would act on a character, or show
// nothing for it.
func isHidden(r rune) bool { return !unicode.IsGraphic(r) }

func escape(r rune) string {
	switch {
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}

// CleanJSON makes a JSON text safe to show without changing what it says:
// hidden characters, which valid JSON holds inside strings only, become \u
// escapes. White space between tokens stays.
func CleanJSON(text []byte) []byte {
	var b []byte
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b = append(b, `\ufffd`...)
		case r == '\n' || r == '\t' || r == '\r' || !isHidden(r):
			b = append(b, text[i:i+n]...)
		case r > 0xffff:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		i += n
	}
	return b
}

// formulas begin what a spreadsheet would execute, the full-width forms too.
const formulas = "=+-@\t\r\n\x00＝＋－＠"

// SafeCell makes a CSV cell that no spreadsheet executes (OWASP ASVS 1.2.10):
// an apostrophe goes before a formula. Before one that has apostrophes already
// another goes, so that PlainCell finds the way back.
func SafeCell(s string) string {
	if rest := strings.TrimLeft(s, "'"); strings.IndexAny(rest, formulas) == 0 {
		return "'" + s
	}
	return s
}

// PlainCell takes off what SafeCell put on.
func PlainCell(s string) string {
	if s != "" && s[0] == '\'' && SafeCell(s) != s {
		return s[1:]
	}
	return s
}
