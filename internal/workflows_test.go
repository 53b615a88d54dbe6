package internal_test

import (
	"path/filepath"
	"regexp"
	"testing"
)

// A tag can be moved to other code, and a hash cannot. So each action is pinned by the hash
// of its commit, with the version beside it for people and for the updates.
func TestEveryActionIsPinnedByHash(t *testing.T) {
	paths, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	pinned := regexp.MustCompile(`^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	for _, path := range paths {
		for _, used := range regexp.MustCompile(`(?m)\buses: *(.*)$`).FindAllStringSubmatch(readText(t, path), -1) {
			if !pinned.MatchString(used[1]) {
				t.Errorf("%s: %s is not pinned by the hash of a commit", path, used[1])
			}
		}
	}
}
