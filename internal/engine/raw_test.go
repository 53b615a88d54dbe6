package engine_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unverified are the files, from this package, that may name what reads rows that nobody verified: the one in which
// the records of a store are made, and the check of every row.
var unverified = []string{"engine.go", "direct/examine.go"}

// An act reads records through records.Reader alone, or it may decide by a row that somebody
// wrote who has the database and no key.
func TestNoActReadsRowsThatWereNotVerified(t *testing.T) {
	raw := regexp.MustCompile(`\bmfa\.(Store|Reader|Walker|Tx)\b|\.Examine\(`)
	found := map[string]bool{}
	for _, path := range sources(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			switch what := raw.FindString(code); {
			case what == "":
			case slices.Contains(unverified, filepath.ToSlash(path)):
				found[path] = true
			default:
				t.Errorf("%s: %s reads rows that were not verified", path, what)
			}
		}
	}
	if len(found) != len(unverified) {
		t.Errorf("of the files that may read such rows, these do: %v", found)
	}
}

// sources are the files of the engine and of the packages that it is made of.
func sources(t *testing.T) (paths []string) {
	t.Helper()
	for _, dir := range []string{".", "*", "../act", "../throttle"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	return slices.DeleteFunc(paths, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
}
