package serve

import (
	"os"
	"syscall"
	"testing"
)

// The directories that are made for a socket can be passed by everybody, whatever the
// umask is, and those that were there stay as they are.
func TestTheDirectoryOfASocketCanBePassed(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	r := start(t, hello(), func(r *running, o *Options) {
		if err := os.Mkdir(r.path("there"), 0o700); err != nil {
			t.Fatal(err)
		}
		o.Listen[0].At = "unix:" + r.path("there/made/too/s")
	})
	for dir, want := range map[string]os.FileMode{"there": 0o700, "there/made": 0o755, "there/made/too": 0o755} {
		if info, err := os.Stat(r.path(dir)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", dir, info.Mode(), err)
		}
	}
	if status, _ := r.get(r.client("there/made/too/s"), "/"); status != 200 {
		t.Errorf("%d", status)
	}
}
