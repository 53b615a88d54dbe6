package engine

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unverified are the files that may name what reads rows that nobody verified: the one in which
// the records of a store are made, and the check of every row.
var unverified = []string{"engine.go", "examine.go"}

// An act reads records through records.Reader alone, or it may decide by a row that somebody
// wrote who has the database and no key.
func TestNoActReadsRowsThatWereNotVerified(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	raw := regexp.MustCompile(`\bmfa\.(Store|Reader|Walker|Tx)\b|\.Examine\(`)
	found := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			switch what := raw.FindString(code); {
			case what == "":
			case slices.Contains(unverified, f.Name()):
				found++
			default:
				t.Errorf("%s: %s reads rows that were not verified", f.Name(), what)
			}
		}
	}
	if found == 0 {
		t.Error("the files that may read such rows do not")
	}
}
