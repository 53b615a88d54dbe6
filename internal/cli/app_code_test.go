package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestACodeFileIsReadAsItWasSaved(t *testing.T) {
	const one, two = "7K3F-9QXM-2VTP-HB4D", "0123-4567-89AB-CDEF"
	const oneSent, twoSent = "7K3F9QXM2VTPHB4D", "0123456789ABCDEF"
	for text, want := range map[string]string{
		"# codes of bob\n" + one + "\n" + two + "\n":                       oneSent + "\n" + twoSent,
		"\ufeff# codes of bob\r\n\r\n" + one + "\r\n  \r\n" + two + "\r\n": oneSent + "\n" + twoSent,
		"\n\n  # an indented note\n" + one + "\t\n#" + two:                 oneSent,
		"# a code\n123 456\n":                        "123456",
		"\ufeff12345678\r\n":                         "12345678",
		strings.Repeat(one+"\n", mfa.MaxBackupCodes): strings.TrimSuffix(strings.Repeat(oneSent+"\n", mfa.MaxBackupCodes), "\n"),
		"": "", "\n": "", "# a note alone\n": "", "\ufeff\n": "", one + " " + two: "", one + "," + two: "",
		one + "\n123456\n": "", "123456\n654321\n": "", one + "\nno code\n": "", one + "\r" + two: "",
		strings.Repeat(one+"\n", mfa.MaxBackupCodes+1): "",
	} {
		path := filepath.Join(t.TempDir(), "codes")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a, _, _ := quiet("table", "")
		got, err := a.code(t.Context(), source{name: "code", file: path}, "")
		if want == "" {
			if e := told(err); e.Code != mfa.Usage || strings.Contains(e.Error(), "7K3F") {
				t.Errorf("%q: %q, %v", text, got.Reveal(), err)
			}
		} else if err != nil || got.Reveal() != want {
			t.Errorf("%q: %q, %v", text, got.Reveal(), err)
		}
	}
}
