package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// impostor is a server that answers every method with one text in every place.
func impostor(t *testing.T, text string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Mfactl-Api", "3")
		for _, route := range api.Routes() {
			if r.URL.Path != route.Path() {
				continue
			}
			reply := mfatest.Filled(route.Reply, text)
			for _, name := range []string{"Next", "DryRun", "Request"} { // or a list has no end
				if f := reply.FieldByName(name); f.IsValid() {
					f.SetZero()
				}
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(mfa.Expose(reply.Interface()))
			return
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Whatever a server sends, it drives no terminal and makes no line of its own.
func TestNoCommandLetsAServerWriteLinesOfItsOwn(t *testing.T) {
	url := impostor(t, hostile+forged)
	dir := t.TempDir()
	for name, text := range map[string]string{"P": "password\n", "C": "123456\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	drives := regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e]")
	for _, command := range []string{
		"login x@y.z --password-file P", "whoami", "2fa status", "2fa list", "2fa prefer x", "2fa rename x y", "2fa enable --pending --reveal --password-file P",
		"2fa confirm --code-file C --reveal", "backup-codes generate --yes --reveal --password-file P", "backup-codes status",
		"verify x@y.z --code-file C", "admin check-code x@y.z --code-file C", "admin users list", "admin users show x@y.z",
		"admin users create x@y.z --reveal", "admin users lock x@y.z --yes", "admin users update x@y.z --role member --yes",
		"admin users delete x@y.z --yes", "admin reset-2fa x@y.z --yes --reveal --password-file P", "admin users reset-password x@y.z --yes --reveal --password-file P",
		"admin tokens create --allow users:read --reveal", "admin tokens list", "admin tokens revoke X", "admin tokens rotate X --reveal",
		"admin requests list", "admin requests show X", "admin requests approve X --reveal --password-file P", "admin roles list",
		"admin policy show", "admin communities list", "admin sessions list", "admin sessions revoke x@y.z --yes", "admin audit list",
	} {
		for _, format := range []string{"table", "json", "jsonl", "yaml", "csv", "name"} {
			out, talk := &strings.Builder{}, &strings.Builder{}
			args := append(strings.Fields(command), "-o", format, "--no-input", "--server", url)
			kept := filepath.Join(t.TempDir(), "kept")
			for i, arg := range args {
				switch {
				case arg == "P" || arg == "C":
					args[i] = file(arg)
				case arg == "--reveal" && format == "name": // which has no room for a secret
					args[i] = "--save=" + kept
				}
			}
			a := &program{
				In: strings.NewReader(""), Out: out, Err: talk, Env: func(name string) string { return map[string]string{"HOME": dir}[name] },
				Clock: func() time.Time { return time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC) },
			}
			status := run(a, args...)
			saved, _ := os.ReadFile(kept) // where there is one
			text := out.String() + talk.String() + string(saved)
			if drives.MatchString(text) || strings.Contains(text, "\nmfactl: forged") || strings.Contains(text, "\n::") {
				t.Errorf("%s -o %s: %q", command, format, text)
			}
			// The impostor fills each list, also that of damaged rows.
			if damaged := strings.HasSuffix(command, " list") && status == mfa.Damaged.Facts().Exit; status != 0 && !damaged {
				t.Errorf("%s -o %s: exit %d: %s", command, format, status, talk)
			}
		}
	}
}
