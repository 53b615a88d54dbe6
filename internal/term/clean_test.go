package term

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain text stays":         {"Jürgen Müller 王 🔑", "Jürgen Müller 王 🔑"},
		"a color":                  {"\x1b[31mred", `\x1b[31mred`},
		"a title":                  {"\x1b]0;x\x07", `\x1b]0;x\x07`},
		"C1 control sequence":      {"\u009b31m", `\u009b31m`},
		"raw C1 byte":              {"\x9b31m", `\x9b31m`},
		"delete and backspace":     {"a\x7f\b", `a\x7f\x08`},
		"carriage return":          {"a\rb", `a\x0db`},
		"line feed":                {"a\nb", `a\x0ab`},
		"right to left override":   {"user\u202egpj.exe", `user\u202egpj.exe`},
		"isolates and marks":       {"\u2066a\u2069\u200f\u061c", `\u2066a\u2069\u200f\u061c`},
		"zero width":               {"a\u200bb\u200dc\ufeff", `a\u200bb\u200dc\ufeff`},
		"tag characters":           {"a\U000e0041", `a\U000e0041`},
		"line separator":           {"a\u2028b", `a\u2028b`},
		"broken UTF-8":             {"a\xffb\xc3", `a\xffb\xc3`},
		"a replacement that is so": {"\ufffd", "\ufffd"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := CleanLines("a\nb\tc\r"); got != "a\nb\\x09c\\x0d" {
		t.Errorf("CleanLines: %q", got)
	}
	if got := CleanColumns("a\nb\tc\r\v\x1b\x00"); got != "a\nb\tc\\x0d\\x0b\\x1b\\x00" {
		t.Errorf("CleanColumns: %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31m\u009b\u202e\u200b\xff\x7f\r\n", "王\U000e0041\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check := func(name, got, keep string) {
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) is no UTF-8: %q", name, s, got)
			}
			for _, r := range got {
				if strings.ContainsRune(keep, r) {
					continue
				}
				if r < 0x20 || r >= 0x7f && r <= 0x9f || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Bidi_Control) {
					t.Errorf("%s(%q) leaves %U", name, s, r)
				}
			}
		}
		check("Clean", Clean(s), "")
		check("CleanLines", CleanLines(s), "\n")
		check("CleanColumns", CleanColumns(s), "\n\t")
		if strings.Count(CleanLines(s), "\n") != strings.Count(s, "\n") {
			t.Errorf("CleanLines(%q) changes the lines", s)
		}
		if strings.Count(CleanColumns(s), "\t") != strings.Count(s, "\t") {
			t.Errorf("CleanColumns(%q) changes the columns", s)
		}
		if Clean(Clean(s)) != Clean(s) {
			t.Errorf("Clean(%q) is not stable", s)
		}
	})
}

func FuzzCleanJSON(f *testing.F) {
	f.Add("\u202e\u009b\U000e0041 \x7f 王 \"\\")
	f.Fuzz(func(t *testing.T, s string) {
		text, err := json.MarshalIndent(map[string]string{"name": s}, "", "\t")
		if err != nil {
			t.Skip()
		}
		got := CleanJSON(text)
		var was, is map[string]string
		if json.Unmarshal(text, &was) != nil || json.Unmarshal(got, &is) != nil || was["name"] != is["name"] {
			t.Errorf("%q became %q", text, got)
		}
		if bare := strings.NewReplacer("\n", "", "\t", "").Replace(string(got)); Clean(bare) != bare {
			t.Errorf("%q still has hidden characters", got)
		}
	})
}

func TestCleanJSONOfWhatIsNoJSON(t *testing.T) {
	if got := string(CleanJSON([]byte("\x1b[31m\xff"))); got != `\u001b[31m\ufffd` {
		t.Errorf("%q", got)
	}
}

func TestSafeCell(t *testing.T) {
	for in, want := range map[string]string{
		"":                 "",
		"alice":            "alice",
		"a=b":              "a=b",
		"=1+1":             "'=1+1",
		"+49":              "'+49",
		"-1":               "'-1",
		"@SUM(A1)":         "'@SUM(A1)",
		"\tx":              "'\tx",
		"\rx":              "'\rx",
		"\x00=x":           "'\x00=x",
		"＝1":               "'＝1",
		"'=1":              "''=1",
		"'tis":             "'tis",
		"'":                "'",
		"\xff=":            "\xff=",
		"=cmd|' /C calc'!": "'=cmd|' /C calc'!",
	} {
		if got := SafeCell(in); got != want {
			t.Errorf("SafeCell(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSafeCell(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "''", "＋", "\x00", "\xef\xbc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		safe := SafeCell(s)
		if safe != "" && strings.ContainsAny(safe[:1], "=+-@\t\r\n\x00") {
			t.Errorf("SafeCell(%q) = %q can be executed", s, safe)
		}
		if back := PlainCell(safe); back != s {
			t.Errorf("%q came back as %q", s, back)
		}
	})
}

func TestSpellAndGroup(t *testing.T) {
	if got, want := Spell("7K3F-9qxm"), "seven Kilo three Foxtrot, nine Quebec X-ray Mike"; got != want {
		t.Errorf("Spell: %q, want %q", got, want)
	}
	if got, want := Spell(Group("ABCDE")), "Alfa Bravo Charlie Delta, Echo"; got != want {
		t.Errorf("Spell: %q, want %q", got, want)
	}
	for in, want := range map[string]string{"": "", "ABCD": "ABCD", "ABCDE": "ABCD E", "Z2AT6YPKO35F": "Z2AT 6YPK O35F"} {
		if got := Group(in); got != want {
			t.Errorf("Group(%q) = %q, want %q", in, got, want)
		}
	}
}
