package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// sessionToken is the token of the session that signsIn gives.
func sessionToken() string {
	return mfa.NewBearer(mfa.SessionPrefix, [mfa.BearerBytes]byte{1}).Reveal()
}

// welcomes is the answer of a server that signs in and knows everybody.
func welcomes(q question) any {
	switch q.method {
	case "Login":
		return mfa.SignedIn{User: "a@b.example", Level: mfa.LevelMFA, ExpiresAt: time.Now().Add(time.Hour), Token: mfa.NewSecret(sessionToken())}
	case "Logout":
		return mfa.Done{}
	}
	return mfa.Identity{User: "a@b.example"}
}

// kept is a desk that is signed in at a server, and the session's file.
func kept(t *testing.T) (*desk, *stub, string) {
	t.Helper()
	server := answering(t, welcomes)
	d := newDesk(t)
	d.env["XDG_STATE_HOME"], d.env["MFACTL_SERVER"] = d.path("state"), server.url
	d.write("P", adminPassword)
	if _, stderr, status := d.run("login", "a@b.example", "--password-file", d.path("P")); status != 0 {
		t.Fatal(stderr)
	}
	_ = server.questions() // the sign-in
	return d, server, sessionFile(d.app().Env, server.url)
}

// acts reports whether a command acts with the saved session; else it must end with a status
// and without a request.
func acts(t *testing.T, d *desk, server *stub, status int) (acts bool, said string) {
	t.Helper()
	_, stderr, got := d.run("whoami")
	asked := server.questions()
	if got == 0 && len(asked) == 1 && asked[0].token == "Bearer "+sessionToken() {
		return true, stderr
	}
	if got != status || len(asked) > 0 {
		t.Errorf("exit %d, %d requests: %s", got, len(asked), stderr)
	}
	return false, stderr
}

func TestASessionIsKeptPrivately(t *testing.T) {
	d, server, path := kept(t)
	var s struct{ User, Token, Level string }
	if err := json.Unmarshal([]byte(readFile(t, path)), &s); err != nil || s.User != "a@b.example" || s.Token != sessionToken() || s.Level != string(mfa.LevelMFA) {
		t.Errorf("%+v, %v", s, err)
	}
	if used, said := acts(t, d, server, 0); !used {
		t.Errorf("it is not used: %s", said)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if _, stderr, status := d.run("logout"); status != 0 {
		t.Fatal(stderr)
	}
	_ = server.questions() // the sign-out
	if used, _ := acts(t, d, server, 4); used || there(path) {
		t.Error("forgotten, and still there")
	}
}

func TestASessionOfAnotherStoreOrUserIsNotUsed(t *testing.T) {
	d, server, path := kept(t)
	text := readFile(t, path)
	for _, change := range [][2]string{{server.url, "https://other.example"}, {`"uid":`, `"uid":9`}} {
		if err := os.WriteFile(path, []byte(strings.Replace(text, change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if used, _ := acts(t, d, server, 4); used {
			t.Errorf("%v: it is used", change)
		}
	}
}

func TestASessionOthersMayReadIsRefused(t *testing.T) {
	d, server, path := kept(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if used, _ := acts(t, d, server, 5); used {
			t.Errorf("%v: it is used", mode)
		}
	}
}

func TestASessionOfAForeignOwnerIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	d, server, path := kept(t)
	if err := os.Chown(path, 4711, -1); err != nil {
		t.Fatal(err)
	}
	if used, _ := acts(t, d, server, 5); used {
		t.Error("it is used")
	}
}

func TestADamagedSessionSaysSo(t *testing.T) {
	d, server, path := kept(t)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if used, said := acts(t, d, server, 5); used || !strings.Contains(said, "cannot be read") || !strings.HasSuffix(said, "mfactl: hint: mfactl login\n") {
		t.Errorf("%s", said)
	}
}

func TestAStateDirectoryThatCannotBeWrittenIsFoundFirst(t *testing.T) {
	d, server, path := kept(t)
	blocked := filepath.Join(filepath.Dir(path), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.env["XDG_STATE_HOME"] = blocked
	if _, stderr, status := d.run("login", "a@b.example", "--password-file", d.path("P")); status != mfa.Unavailable.Facts().Exit || len(server.questions()) > 0 {
		t.Errorf("exit %d: %s", status, stderr)
	}
}
