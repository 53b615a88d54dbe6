package term

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestASecretFileIsNewAndWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes.txt")
	f, err := SaveFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Error("before the first byte its mode is", info.Mode(), err)
	}
	if _, err := f.Write([]byte("7K3F\n")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "7K3F\n" || f.Name() != path {
		t.Errorf("%s holds %q (%v)", f.Name(), got, err)
	}
}

func TestASecretFileNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.txt")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	link, dangling := filepath.Join(dir, "link"), filepath.Join(dir, "dangling")
	if err := errors.Join(os.Symlink(old, link), os.Symlink(filepath.Join(dir, "nowhere"), dangling)); err != nil {
		t.Skip("no links here:", err)
	}
	for _, path := range []string{old, link, dangling, dir} {
		_, err := SaveFile(path)
		if exists, is := errors.AsType[ExistsError](err); !is || exists.Path != path || !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", path, err)
		}
		if want := path + " already exists and is not overwritten"; err == nil || err.Error() != want {
			t.Errorf("it says %v, not %s", err, want)
		}
	}
	if got, err := os.ReadFile(old); err != nil || string(got) != "old" {
		t.Errorf("the old file holds %q (%v)", got, err)
	}
}

func TestDiscardRemovesOnlyItsOwnFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes.txt")
	f, err := SaveFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there:", err)
	}
	if err := f.Discard(); err != nil {
		t.Error("the second time:", err)
	}
	if f, err = SaveFile(path); err != nil {
		t.Fatal(err)
	}
	other := path + ".other"
	if err := errors.Join(os.WriteFile(other, []byte("other"), 0o600), os.Rename(other, path), f.Discard()); err != nil {
		t.Error(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "other" {
		t.Errorf("another's file was removed: %q, %v", got, err)
	}
}
