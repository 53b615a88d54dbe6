package term

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"
	"unicode/utf8"

	"errors"
)

func TestWhatIsPrintedDrivesNoTerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain ünïcode 漢字": "plain ünïcode 漢字", "a\x1b[31mb": `a\x1b[31mb`, "a\x1b]52;c;eA==\a": `a\x1b]52;c;eA==\x07`,
		"a\nb": `a\x0ab`, "\u202eevil": `\u202eevil`, "a\u009bb": `a\x9bb`, "\xff": `\xff`, "zero\u200bwidth": `zero\u200bwidth`,
		"\x7f": `\x7f`, "a\u2028b": `a\u2028b`, "": "",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
	if got := CleanLines("a\nb\r"); got != "a\nb\\x0d" {
		t.Errorf("%q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31mb\u202e\xff")
	f.Fuzz(func(t *testing.T, in string) {
		out := CleanLines(in)
		if !utf8.ValidString(out) {
			t.Errorf("%q is not UTF-8", out)
		}
		for _, r := range out {
			if r != '\n' && (r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%q holds %U", out, r)
			}
		}
		if strings.Contains(Clean(in), "\n") {
			t.Error("a line became two")
		}
	})
}

func TestASpreadsheetExecutesNoCell(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\x00x": "'\x00x", "x=1": "x=1", "": "",
	} {
		if got := SafeCell(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func TestATableIsAlignedWhateverStandsInIt(t *testing.T) {
	table := Table{Header: []string{"NAME", "X"}, Rows: [][]string{{"漢字", "1"}, {"a\x1b[2Jb", "2"}, {"c", ""}}}
	want := "NAME       X\n漢字       1\na\\x1b[2Jb  2\nc\n"
	if got := table.String(); got != want {
		t.Errorf("\n%s\nnot\n%s", got, want)
	}
	var out bytes.Buffer
	if got := New(nil, &out, nil, func(string) string { return "" }).Table(table); got != want {
		t.Errorf("in a pipe:\n%s", got)
	}
}

func TestACodeIsSpelled(t *testing.T) {
	const want = "seven Kilo three Foxtrot, nine Quebec X-ray Mike"
	if got := Spell("7K3F-9QXM"); got != want {
		t.Errorf("%q", got)
	}
	if got := Group("JBSWY3DPEH"); got != "JBSW Y3DP EH" {
		t.Errorf("%q", got)
	}
}

func TestASecretFileIsPrivateAndNeverOverwrites(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "codes.txt")
	f, err := NewSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Fill([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := NewSecretFile(path); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "one\n" {
		t.Errorf("%q, %v", b, err)
	}
	other := filepath.Join(t.TempDir(), "none")
	f, err = NewSecretFile(other)
	if err != nil {
		t.Fatal(err)
	}
	f.Discard()
	if _, err := os.Stat(other); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is left behind")
	}
}

func TestQuestionsAreNotAskedWhereNobodyAnswers(t *testing.T) {
	for name, env := range map[string]map[string]string{"CI": {"CI": "true"}, "MFACTL_NO_INPUT": {"MFACTL_NO_INPUT": "1"}} {
		term := New(nil, nil, nil, func(n string) string { return env[n] })
		if term.CanPrompt() {
			t.Errorf("%s does not forbid it", name)
		}
		if _, err := term.Password(t.Context(), "x"); !errors.Is(err, ErrNoPrompt) {
			t.Error(err)
		}
	}
	term := New(nil, nil, nil, func(string) string { return "" })
	term.NoInput()
	if term.CanPrompt() {
		t.Error("--no-input does not forbid it")
	}
}
