package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// kept is an App with a saved session, and the session's file.
func kept(t *testing.T) (*App, string) {
	t.Helper()
	dir := t.TempDir()
	a, _, _ := quiet("table", "")
	a.Env = func(name string) string { return map[string]string{"XDG_STATE_HOME": dir}[name] }
	a.config.Store = filepath.Join(dir, "store.db")
	if err := a.canSave(); err != nil {
		t.Fatal(err)
	}
	in := mfa.SignedIn{User: "a@b.example", Level: mfa.LevelMFA, ExpiresAt: a.Clock().Add(time.Hour), Token: mfa.NewSecret("token")}
	if err := a.save(in); err != nil {
		t.Fatal(err)
	}
	path, err := a.sessionFile()
	if err != nil {
		t.Fatal(err)
	}
	return a, path
}

func TestASessionIsKeptPrivately(t *testing.T) {
	a, path := kept(t)
	s, ok, err := a.session()
	if err != nil || !ok || s.User != "a@b.example" || s.Token != "token" || s.Level != mfa.LevelMFA {
		t.Errorf("%+v, %t, %v", s, ok, err)
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
	if err := a.forget(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := a.session(); ok || err != nil {
		t.Errorf("forgotten, and still there: %v", err)
	}
}

func TestASessionOfAnotherStoreOrUserIsNotUsed(t *testing.T) {
	a, path := kept(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{{"store.db", "other.db"}, {`"uid":`, `"uid":9`}} {
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := a.session(); ok || err != nil {
			t.Errorf("%v: %t, %v", change, ok, err)
		}
	}
}

func TestASessionOthersMayReadIsRefused(t *testing.T) {
	a, path := kept(t)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.session(); told(err).Code != mfa.Forbidden {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func TestASessionOfAForeignOwnerIsRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	a, path := kept(t)
	if err := os.Chown(path, 4711, -1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.session(); told(err).Code != mfa.Forbidden {
		t.Errorf("%v", err)
	}
}

func TestADamagedSessionSaysSo(t *testing.T) {
	a, path := kept(t)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.session(); told(err).Code != mfa.Forbidden || told(err).HintText() != "mfactl login" {
		t.Errorf("%v", err)
	}
}

func TestAStateDirectoryThatCannotBeWrittenIsFoundFirst(t *testing.T) {
	a, path := kept(t)
	blocked := filepath.Join(filepath.Dir(path), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a.Env = func(name string) string { return map[string]string{"XDG_STATE_HOME": blocked}[name] }
	if err := a.canSave(); told(err).Code != mfa.Unavailable {
		t.Errorf("%v", err)
	}
}
