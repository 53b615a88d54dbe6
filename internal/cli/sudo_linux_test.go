package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What root leaves in another user's home, under sudo, belongs to that user: else they could
// neither sign in there again nor read what was saved for them.
func TestWhatIsMadeForAnotherUserBelongsToThatUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root acts for another user")
	}
	const uid = 4711
	d, server, _ := kept(t)
	home := d.path("home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, uid, uid); err != nil {
		t.Fatal(err)
	}
	delete(d.env, "XDG_STATE_HOME")
	d.env["HOME"], d.env["SUDO_UID"], d.env["XDG_CONFIG_HOME"] = home, "4711", filepath.Join(home, ".config")
	for _, args := range [][]string{
		{"login", "a@b.example", "--password-file", d.path("P")},
		{"context", "create", "prod", "--server", server.url},
	} {
		if _, stderr, status := d.run(args...); status != 0 {
			t.Fatalf("%q: %s", args, stderr)
		}
	}
	made := 0
	err := filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		made++
		if s := info.Sys().(*syscall.Stat_t); s.Uid != uid || s.Gid != uid || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v and belongs to %d", path, info.Mode(), s.Uid)
		}
		return nil
	})
	if err != nil || made < 8 { // .local/state/mfactl/sessions and .config/mfactl, with their files
		t.Errorf("%d were made (%v)", made, err)
	}
	_ = server.questions() // the sign-in
	if used, said := acts(t, d, server, 0); !used {
		t.Errorf("the session is not used: %s", said)
	}
}

func TestASecretThatIsSavedUnderSudoBelongsToItsUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root acts for another user")
	}
	const uid = 4711
	m := newMachine(t)
	home := m.path("home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, uid, uid); err != nil {
		t.Fatal(err)
	}
	for sudo, want := range map[string]uint32{"4711": uid, "4712": 0, "": 0} {
		m.extra = []string{"SUDO_UID=" + sudo}
		saved := filepath.Join(home, "key-"+sudo+".age")
		m.must("nobody", "", "store", "export-key", "--to", identity(t).Recipient().String(), "--save", saved)
		info, err := os.Stat(saved)
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != want {
			t.Errorf("SUDO_UID=%s: it belongs to %d", sudo, s.Uid)
		}
	}
}
