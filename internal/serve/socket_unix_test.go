//go:build unix

package serve

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// aGroup names a group to which this user may give a file: root to any, others to their
// own.
func aGroup(t *testing.T) *user.Group {
	t.Helper()
	id := os.Getgid()
	if os.Geteuid() == 0 {
		id = 1 // of the daemons
	}
	g, err := user.LookupGroupId(strconv.Itoa(id))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A socket is for its owner, or also for a group; nobody else may open it, from the
// moment it is there.
func TestASocketIsForItsOwnerOrAGroup(t *testing.T) {
	g := aGroup(t)
	for group, want := range map[string]os.FileMode{"": 0o600, g.Name: 0o660} {
		r := start(t, hello(), func(_ *running, o *Options) { o.Listen[0].Group = group })
		info, err := os.Lstat(r.path("s"))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("group %q: mode %v", group, info.Mode())
		}
		if st, is := info.Sys().(*syscall.Stat_t); !is || group != "" && strconv.Itoa(int(st.Gid)) != g.Gid {
			t.Errorf("group %q: %+v", group, info.Sys())
		}
	}
}
