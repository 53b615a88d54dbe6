package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// with is an App with an environment.
func with(env map[string]string) *App {
	a, _, _ := quiet("table", "")
	a.Env = func(name string) string { return env[name] }
	return a
}

func TestAnIdempotencyKeyIsLongEnough(t *testing.T) {
	for key, good := range map[string]bool{
		"short": false, strings.Repeat("é", 11): false, strings.Repeat("é", 30): false, strings.Repeat("\t", 30): false, strings.Repeat("k", 21): false, strings.Repeat("k", 22): true,
		strings.Repeat("k", mfa.IdempotencyKeyMax): true, strings.Repeat("k", mfa.IdempotencyKeyMax+1): false,
	} {
		a := with(nil)
		a.flags.key = key
		if err := a.checkKey(); (err == nil) != good {
			t.Errorf("%d: %v", len(key), err)
		}
	}
	a, b := with(nil), with(nil)
	if a.checkKey() != nil || b.checkKey() != nil || a.key == b.key || len(a.key) < 26 {
		t.Errorf("%q and %q were drawn", a.key, b.key)
	}
}

// Every key that the flag accepts works with every user name: the key that is sent is within
// the bounds of a store and of a header.
func TestTheLongestIdempotencyKeyWorksWithEveryUserName(t *testing.T) {
	m := newMachine(t)
	longest := strings.Repeat("a", 64) + "@" + strings.Repeat(strings.Repeat("b", 59)+".", 3) + "example"
	m.must("admin", "", "admin", "users", "create", longest, "--password-file", m.path("PU"))
	key := strings.Repeat("k", mfa.IdempotencyKeyMax)
	m.must("admin", "", "admin", "users", "lock", longest, "--yes", "--idempotency-key", key)
	m.must("admin", "", "admin", "users", "unlock", longest, "--yes", "--idempotency-key", key)
	at := m.serve(1, "--listen", "127.0.0.1:0").at[0]
	for place, env := range map[string][]string{"store": nil, "server": {"MFACTL_STORE=", "MFACTL_SERVER=http://" + at}} {
		m.extra = env
		m.must(place, "", "login", longest, "--password-file", m.path("PU"), "--idempotency-key", key)
		for _, name := range []string{strings.Repeat("x", 300) + "@acme.example", "bob\n@acme.example", "bob\x00@acme.example", "böb@acme.example"} {
			_, stderr, status := m.run(place, "", "admin", "users", "lock", name, "--yes", "--idempotency-key", key)
			if want := mfa.Forbidden.Facts().Exit; status != want || strings.Contains(stderr, "idempotency") {
				t.Errorf("%.30q at the %s: exit %d, not %d: %s", name, place, status, want, stderr)
			}
		}
	}
}

// Two calls of a method are two wishes; the same run again under its key is one.
func TestEachCallHasAKeyThatALaterRunFindsAgain(t *testing.T) {
	keys := func() (out []string) {
		a := with(nil)
		a.key = "0123456789abcdef"
		for _, method := range []string{"Reset", "Reset", "Login"} {
			out = append(out, mfa.CallFrom(a.callContext(t.Context(), method, "", mfa.Secret{})).Key.Reveal())
		}
		return out
	}
	first, second := keys(), keys()
	if strings.Join(first, " ") != strings.Join(second, " ") || first[0] == first[1] || first[0] == first[2] {
		t.Errorf("%v, %v", first, second)
	}
}

func TestWhereACallCameFrom(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"": nil,
		"github/acme/app/42/deploy": {
			"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/app", "GITHUB_RUN_ID": "42", "GITHUB_JOB": "deploy",
		},
		"gitlab/acme/app/99": {"GITLAB_CI": "true", "CI_PROJECT_PATH": "acme/app", "CI_JOB_ID": "99"},
	} {
		if got := with(env).provenance().CIJob; got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	a := with(map[string]string{"SSH_CLIENT": "192.0.2.7 50022 22", "SUDO_USER": "alice"})
	if err := a.checkKey(); err != nil {
		t.Fatal(err)
	}
	p := a.provenance()
	sudoUser := ""
	if os.Geteuid() == 0 { // SUDO_USER counts for root only
		sudoUser = "alice"
	}
	if p.SSHClient != "192.0.2.7" || p.SudoUser != sudoUser || p.PID == 0 || p.UID == "" || p.RequestID == "" {
		t.Errorf("%+v", p)
	}
}

func TestWhereTheStoreAndItsKeyAre(t *testing.T) {
	home := t.TempDir()
	for _, c := range []struct{ store, key, wantStore, wantKey string }{
		{"", "", "data/mfactl/mfactl.db", "config/mfactl/mfactl.key"},
		{"", "k", "data/mfactl/mfactl.db", "k"},
		{"x.db", "", "x.db", "x.db.key"},
		{"sqlite://x.db", "", "x.db", "x.db.key"},
		{"x.db", "k", "x.db", "k"},
	} {
		a := with(map[string]string{"XDG_DATA_HOME": filepath.Join(home, "data"), "XDG_CONFIG_HOME": filepath.Join(home, "config")})
		in := func(name string) string {
			if name == "" {
				return ""
			}
			scheme := ""
			if rest, ok := strings.CutPrefix(name, "sqlite://"); ok {
				scheme, name = "sqlite://", rest
			}
			return scheme + filepath.Join(home, name)
		}
		a.config.Store, a.config.KeyFile = in(c.store), in(c.key)
		p, err := a.place()
		if err != nil || p.store != filepath.Join(home, c.wantStore) || p.key != filepath.Join(home, c.wantKey) {
			t.Errorf("%q, %q: %+v, %v", c.store, c.key, p, err)
		}
	}
}

func TestAStoreThisVersionDoesNotKnowIsRefusedWithoutAnEcho(t *testing.T) {
	for _, location := range []string{
		"postgres://mfactl:canary@db/mfactl", "postgres://db/mfactl", "https://mfactl.example", "mysql://u:canary@h:bad/x",
	} {
		a := with(nil)
		a.config.Store = location
		_, err := a.place()
		if e := told(err); e.Code != mfa.Usage || e.Field != "store" || strings.Contains(e.Error()+e.HintText(), "canary") {
			t.Errorf("%s: %v", location, err)
		}
	}
	a := with(nil)
	a.flags.store = "postgres://mfactl:canary@db/mfactl"
	a.config.Store = a.flags.store
	_, err := a.place()
	if e := told(err); e.Field != "--store" || !strings.Contains(e.Error(), "holds a password") || strings.Contains(e.Error(), "canary") {
		t.Errorf("as a flag: %v", err)
	}
}
