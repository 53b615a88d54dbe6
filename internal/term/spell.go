package term

import "strings"

// Spell writes a code as it is dictated: digits by name, letters by the ICAO
// alphabet, a comma between groups.
func Spell(code string) string {
	var groups []string
	for _, group := range strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == ' ' }) {
		var words []string
		for _, r := range group {
			words = append(words, word(r))
		}
		groups = append(groups, strings.Join(words, " "))
	}
	return strings.Join(groups, ", ")
}

const (
	digits  = "zero one two three four five six seven eight nine"
	letters = "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike " +
		"November Oscar Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu"
)

func word(r rune) string {
	switch {
	case '0' <= r && r <= '9':
		return strings.Fields(digits)[r-'0']
	case 'a' <= r && r <= 'z':
		return strings.Fields(letters)[r-'a']
	case 'A' <= r && r <= 'Z':
		return strings.Fields(letters)[r-'A']
	default:
		return Clean(string(r))
	}
}

// Group writes a key in groups of four, as it is typed.
func Group(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
