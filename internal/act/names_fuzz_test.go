package act

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// An address has one form: what is taken is its own form, and nothing in it is
// hidden, trimmed or a second separator.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{
		"alice@acme.example", "ALICE@Acme.Example", "ａｌｉｃｅ@acme.example", "a@b@c", "a b@c", "a:b@c", "a@c.", "a@.c", "\u202ea@c", "a\u200d@c",
		"ß@straße.example", "İ@c.example", "a@c\x00", " a@c", "a@c ", "@", "", "é@c", "e\u0301@c", strings.Repeat("a", 65) + "@c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, err := CanonicalEmail(s)
		if err != nil {
			return
		}
		if again, err := CanonicalEmail(out); err != nil || again != out {
			t.Errorf("%q becomes %q, which becomes %q (%v)", s, out, again, err)
		}
		if strings.Count(out, "@") != 1 || len(out) > maxEmail || !utf8.ValidString(out) {
			t.Errorf("%q was taken as %q", s, out)
		}
		hidden := func(r rune) bool {
			return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsUpper(r) && unicode.ToLower(r) != r
		}
		if i := strings.IndexFunc(out, hidden); i >= 0 {
			t.Errorf("%q was taken as %q, with %q", s, out, out[i:])
		}
	})
}

// A name is what can be seen of it, in one form; a community's also stands as an
// issuer; a reason is one line.
func FuzzName(f *testing.F) {
	for _, s := range []string{
		"Acme", "Acme & Co", "é", "e\u0301", "a\u202eb", "a\x1b[31m", "a\nb", " a", "a ", "", "a:b", "=1+1", "\ufeffa", "\u00ad", strings.Repeat("é", 64), strings.Repeat("é", 65), "\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out, err := CanonicalName("label", s); err == nil {
			if again, err := CanonicalName("label", out); err != nil || again != out {
				t.Errorf("%q becomes %q, which becomes %q (%v)", s, out, again, err)
			}
			n := utf8.RuneCountInString(out)
			hidden := strings.ContainsFunc(out, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || !unicode.IsGraphic(r) })
			if n == 0 || n > maxName || hidden || strings.TrimSpace(out) != out {
				t.Errorf("%q was taken as %q", s, out)
			}
		}
		if out, err := CanonicalCommunityName(s); err == nil && strings.Contains(out, ":") {
			t.Errorf("the community %q would end its issuer", out)
		}
		if CheckOneLine("reason", s) == nil && (strings.ContainsAny(s, "\n\r\x00\x1b") || utf8.RuneCountInString(s) > maxText) {
			t.Errorf("the reason %q was taken", s)
		}
	})
}
