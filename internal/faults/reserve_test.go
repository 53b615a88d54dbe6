//go:build faults && linux && amd64

package faults

import (
	"os"
	"testing"

	"github.com/mfactl/mfactl/internal/store/sqlite"
)

// A server gives its log the length it will have, but not the room below which it would
// say that it is not ready: it starts again after it was killed.
func TestASmallDiskIsLeftTheRoomAServerNeeds(t *testing.T) {
	for size, want := range map[string]bool{"40m": false, "96m": true} {
		l := emptyLab(t, mountTmpfs(t, size))
		l.must("admin", "", "init", "--community", "Acme", "--email", admin, "--password-file", "P", "--no-enable")
		s := l.newServer()
		for range 2 {
			s.start()
			info, err := os.Stat(l.path("store.db-wal"))
			if err != nil || (info.Size() >= sqlite.Reserved) != want {
				t.Errorf("%s: the log has %d bytes (%v)", size, info.Size(), err)
			}
			s.end(9)
		}
	}
}
