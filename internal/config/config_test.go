package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// file writes a settings file.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadReadsTheFile(t *testing.T) {
	got, err := Load(file(t, `
store: /srv/a.b/mfactl.db
key_file: /srv/key
output: json
no_input: true
default_domain: acme.example
qr: half
`), true, os.Getenv)
	want := Config{
		Store: "/srv/a.b/mfactl.db", KeyFile: "/srv/key", Output: "json", NoInput: true,
		DefaultDomain: "acme.example", QR: "half",
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheEnvironmentStandsOverTheFile(t *testing.T) {
	t.Setenv("MFACTL_DEFAULT_DOMAIN", "env.example")
	t.Setenv("MFACTL_KEY_FILE", "/env/key")
	got, err := Load(file(t, "default_domain: file.example\noutput: yaml\n"), true, os.Getenv)
	if err != nil || got.DefaultDomain != "env.example" || got.KeyFile != "/env/key" || got.Output != "yaml" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNoFileIsNoError(t *testing.T) {
	none := filepath.Join(t.TempDir(), "config.yaml")
	if got, err := Load(none, false, os.Getenv); err != nil || got != (Config{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Load(none, true, os.Getenv); !errors.Is(err, mfa.Usage) {
		t.Errorf("a file that was named: %v", err)
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"bogus: 1\n":            "unknown setting bogus",
		"stoer: x\n":            "unknown setting stoer",
		"no_input: perhaps\n":   "wrong value",
		"store: [\n":            "not valid YAML",
		"store:\n  path: /x\n":  "wrong value",
		"- a list\n":            "not valid YAML",
		"output: {json: yes}\n": "wrong value",
	} {
		_, err := Load(file(t, text), true, os.Getenv)
		if !errors.Is(err, mfa.Usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestSettingsOthersMayWriteAreRefused(t *testing.T) {
	path := file(t, "output: json\n")
	if err := os.Chmod(path, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, true, os.Getenv); !errors.Is(err, mfa.Forbidden) {
		t.Errorf("%v", err)
	}
}

func TestWhereFilesLive(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		root bool
		want Dirs
	}{
		{map[string]string{"HOME": "/home/a"}, false, Dirs{"/home/a/.config/mfactl", "/home/a/.local/share/mfactl", "/home/a/.local/state/mfactl"}},
		{map[string]string{"HOME": "/root"}, true, Dirs{"/etc/mfactl", "/var/lib/mfactl", "/root/.local/state/mfactl"}},
		{
			map[string]string{"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"}, false,
			Dirs{"/c/mfactl", "/d/mfactl", "/s/mfactl"},
		},
		{map[string]string{"HOME": "/h", "XDG_STATE_HOME": "relative"}, false, Dirs{"/h/.config/mfactl", "/h/.local/share/mfactl", "/h/.local/state/mfactl"}},
	} {
		if got := FindDirs(func(name string) string { return c.env[name] }, c.root); got != c.want {
			t.Errorf("%v: %+v", c.env, got)
		}
	}
}

// A container may have no HOME; nothing is then put wherever one stands.
func TestWithoutHomeNoPathIsRelative(t *testing.T) {
	d := FindDirs(func(string) string { return "" }, false)
	for _, path := range []string{d.Config, d.Data, d.State} {
		if !filepath.IsAbs(path) {
			t.Errorf("%s", path)
		}
	}
}
