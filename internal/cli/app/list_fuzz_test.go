package app

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// sound fails unless a list that was taken is one that can be worked through:
// bounded, each user once, nobody hidden.
func sound(t *testing.T, in []byte, users []string, most int, err error) {
	t.Helper()
	if err != nil {
		if mfa.AsError(err).Code != mfa.Usage {
			t.Errorf("%q: %v", in, err)
		}
		return
	}
	if len(users) == 0 || len(users) > most {
		t.Errorf("%q names %d users, of at most %d", in, len(users), most)
	}
	seen := map[string]bool{}
	for _, u := range users {
		if seen[u] || u == "" || u != trimmed(u) || !utf8.ValidString(u) || strings.ContainsRune(u, 0) || len(u) > maxListLine {
			t.Errorf("%q names %q", in, u)
		}
		seen[u] = true
	}
}

func FuzzReadUsers(f *testing.F) {
	for _, s := range []string{
		"alice@acme.example\nbob@acme.example\n", "\ufeffalice\r\n\r\n# nobody\r\n bob \r\n", "", "#\n", "a\na\n", "a\x00b\n", "\xff\n", "a\u2028b",
		strings.Repeat("a\n", 100), strings.Repeat("a", 2000), "\ufeff", "\ufeff\ufeffa", " \ufeffa", "a\n\ufeffa\n",
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, most int) {
		most = 1 + abs(most)%100
		users, err := readUsers(bytes.NewReader(in), most)
		sound(t, in, users, most, err)
		if err != nil {
			return
		}
		again, err := readUsers(strings.NewReader(strings.Join(users, "\n")), most)
		if err == nil && strings.Join(again, "\n") != strings.Join(users, "\n") {
			t.Errorf("%q: %q, and of its own form %q", in, users, again)
		}
	})
}

func FuzzReadColumn(f *testing.F) {
	for _, s := range []string{
		"email\nalice@acme.example\n", "\ufeffname,email\r\n\"A, B\",'=1+1\r\n", "email\n\"a\nb\"\n", "email,email\na,b\n", "mail\na\n", "", "email\n", "email\n\"", "email\na,b\n",
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, most int) {
		most = 1 + abs(most)%100
		users, err := readColumn(bytes.NewReader(in), "email", most)
		sound(t, in, users, most, err)
	})
}

// What our own CSV says of a name is read back as the name.
func FuzzColumnReadsWhatIsWritten(f *testing.F) {
	for _, s := range []string{"alice@acme.example", "=1+1", "+a", "-a", "@a", "'a", "a,b", "a\"b", "''=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean := trimmed(term.Clean(name))
		if clean == "" || len(clean) > maxListLine/2 {
			return
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll([][]string{{"email"}, {term.SafeCell(clean)}}); err != nil {
			t.Fatal(err)
		}
		users, err := readColumn(&b, "email", 1)
		if err != nil || len(users) != 1 || users[0] != clean {
			t.Errorf("%q was written as %q and read as %q (%v)", clean, term.SafeCell(clean), users, err)
		}
	})
}

func abs(n int) int { return max(n, -(n + 1)) }
