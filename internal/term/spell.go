package term

import (
	"strings"
	"unicode"
)

// Spell writes a code as it is dictated, digits in small letters and letters
// by the ICAO alphabet, so that no listener mistakes B for P or S for F: "seven
// Kilo three Foxtrot, nine Quebec X-ray Mike". Hyphens and spaces part groups.
func Spell(code string) string {
	groups := strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == ' ' })
	for i, group := range groups {
		var words []string
		for _, r := range group {
			words = append(words, spellRune(unicode.ToUpper(r)))
		}
		groups[i] = strings.Join(words, " ")
	}
	return strings.Join(groups, ", ")
}

func spellRune(r rune) string {
	digits := strings.Fields("zero one two three four five six seven eight nine")
	letters := strings.Fields("Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike " +
		"November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu")
	switch {
	case '0' <= r && r <= '9':
		return digits[r-'0']
	case 'A' <= r && r <= 'Z':
		return letters[r-'A']
	default:
		return Clean(string(r))
	}
}

// Group parts a secret into groups of four for typing: "Z2AT 6YPK O35F".
func Group(secret string) string {
	var b strings.Builder
	for i, r := range []rune(secret) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
