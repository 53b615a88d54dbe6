//go:build unix

package serve

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"
)

// aGroup returns the name of a group to which this user may give a file. Root may use any
// group, other users their own ones.
func aGroup(t *testing.T) *user.Group {
	t.Helper()
	id := os.Getgid()
	if os.Geteuid() == 0 {
		id = 1 // daemon
	}
	g, err := user.LookupGroupId(strconv.Itoa(id))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Only the owner of a socket may open it, and a group if one was given, from the moment
// the socket exists.
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
