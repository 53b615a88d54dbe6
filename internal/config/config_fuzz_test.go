package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// A settings file is read or refused by name; nothing in it ends the program.
func FuzzLoad(f *testing.F) {
	for _, s := range []string{
		"store: /tmp/s.db\n", "output: json\nno_input: true\n", "{}", "", "store: [1]\n", "unknown: 1\n", "store: &a [*a]\n", "\xff", "a: b: c", "store: \"x\x00\"", "no_input: maybe", "- 1", "!!binary x",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path, true, func(string) string { return "" })
		var e *mfa.Error
		if err != nil && (!errors.As(err, &e) || e.Code != mfa.Usage) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
