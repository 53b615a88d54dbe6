package look

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key returns the text that all addresses have in common which look like an address: its
// skeleton (UTS 39, section 4), spelled so that most addresses are their own key.
func Key(address string) string {
	if !mayDiffer(address) {
		return address
	}
	return strings.NewReplacer("rn", "m", "O", "0").Replace(skeleton(address))
}

// mayDiffer reports whether an address may differ from its key. Most have only letters for
// which they do not.
func mayDiffer(address string) bool {
	return strings.Contains(address, "rn") || strings.ContainsFunc(address, func(r rune) bool {
		return r > '~' || strings.ContainsRune("`\"|1%", r)
	})
}

func skeleton(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if to := prototype(r); to != "" {
			b.WriteString(to)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFD.String(b.String())
}

// MixedScripts returns a label of an address that mixes scripts, and whether there is one:
// the parts of an address between dots and the at sign are its labels. Japanese, Chinese and
// Korean are written with several scripts, also with Latin letters between them (UTS 39,
// "highly restrictive").
func MixedScripts(address string) (label string, mixed bool) {
	for label := range strings.FieldsFuncSeq(address, func(r rune) bool { return r == '.' || r == '@' }) {
		if !oneSystem(label) {
			return label, true
		}
	}
	return "", false
}

// oneSystem reports whether one system of writing has every letter of a label.
func oneSystem(label string) bool {
	systems := [][]*unicode.RangeTable{
		{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana},
		{unicode.Latin, unicode.Han, unicode.Bopomofo},
		{unicode.Latin, unicode.Han, unicode.Hangul},
	}
	for _, r := range label {
		if script := scriptOf(r); script != nil {
			systems = append(systems, []*unicode.RangeTable{script})
			break
		}
	}
	for _, system := range systems {
		other := strings.IndexFunc(label, func(r rune) bool { return !shared(r) && !unicode.In(r, system...) })
		if other < 0 {
			return true
		}
	}
	return false
}

// shared reports whether a character belongs to no script, as digits do.
func shared(r rune) bool { return unicode.In(r, unicode.Common, unicode.Inherited) }

// scriptOf returns the script of a letter; nil for a character that belongs to none.
func scriptOf(r rune) *unicode.RangeTable {
	if shared(r) {
		return nil
	}
	for _, script := range unicode.Scripts {
		if unicode.Is(script, r) {
			return script
		}
	}
	return nil
}
