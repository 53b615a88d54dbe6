package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// keyFile makes a key file in a directory of its own.
func keyFile(t *testing.T) (path string, k *seal.Keyring) {
	t.Helper()
	path, k = filepath.Join(t.TempDir(), "store.key"), seal.New()
	if err := seal.CreateKeyFile(path, k); err != nil {
		t.Fatal(err)
	}
	return path, k
}

// entries lists a directory.
func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestAKeyFileIsReadBack(t *testing.T) {
	path, k := keyFile(t)
	got, err := seal.ReadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !sameKeys(k, got) {
		t.Error("other keys came back")
	}
	if names := entries(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("the directory holds %v", names)
	}
}

func TestAKeyFileIsNeverOverwritten(t *testing.T) {
	path, k := keyFile(t)
	wantCode(t, seal.CreateKeyFile(path, seal.New()), mfa.Conflict)
	if got, err := seal.ReadKeyFile(path); err != nil || !sameKeys(k, got) {
		t.Errorf("the key file changed: %v", err)
	}

	dir := t.TempDir()
	wantCode(t, seal.CreateKeyFile(dir, seal.New()), mfa.Conflict)
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode(t, seal.CreateKeyFile(empty, seal.New()), mfa.Conflict)
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	wantCode(t, seal.CreateKeyFile(dangling, seal.New()), mfa.Conflict)
	if names := entries(t, dir); len(names) != 2 {
		t.Errorf("something was left behind: %v", names)
	}
}

func TestOfManyCreatorsOneWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "store.key")
	var wg sync.WaitGroup
	rings, errs := make([]*seal.Keyring, 16), make([]error, 16)
	for i := range rings {
		rings[i] = seal.New()
		wg.Go(func() { errs[i] = seal.CreateKeyFile(path, rings[i]) })
	}
	wg.Wait()
	got, err := seal.ReadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	won := 0
	for i, err := range errs {
		switch {
		case err == nil:
			won++
			if !sameKeys(rings[i], got) {
				t.Error("one was told it won, and another's keys are in the file")
			}
		case !errors.Is(err, mfa.Conflict):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d creators won", won)
	}
	if names := entries(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("the directory holds %v", names)
	}
}

func TestALostKeyFileIsDamaged(t *testing.T) {
	path, k := keyFile(t)
	dir := filepath.Dir(path)
	secrets := keyValues(t, k.Marshal())
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, p := range map[string]string{
		"missing":           filepath.Join(dir, "no.key"),
		"missing directory": filepath.Join(dir, "no", "no.key"),
		"below a file":      filepath.Join(path, "no.key"),
		"a directory":       dir,
		"empty":             write("empty", ""),
		"cut":               write("cut", string(k.Marshal()[:200])),
		"too long":          write("long", string(k.Marshal())+strings.Repeat(" ", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "a directory" {
				if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory needs the execute bit
					t.Fatal(err)
				}
			}
			_, err := seal.ReadKeyFile(p)
			wantCode(t, err, mfa.Damaged, secrets...)
			e := mfa.AsError(err)
			if !strings.Contains(e.Error(), p) || !strings.Contains(e.HintText(), "restore the copy") ||
				!strings.Contains(e.HintText(), "nothing was changed") {
				t.Errorf("%q (hint %q) names neither path nor remedy", e, e.HintText())
			}
		})
	}
}

func TestASymlinkToAGoodKeyFileIsFine(t *testing.T) {
	path, k := keyFile(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if got, err := seal.ReadKeyFile(link); err != nil || !sameKeys(k, got) {
		t.Errorf("ReadKeyFile = %v", err)
	}
}
