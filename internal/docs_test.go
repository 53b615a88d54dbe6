package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages returns the paths of the pages that people write, from this directory.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md", "faults/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no pages: %v", pattern, err)
		}
		all = append(all, found...)
	}
	return all
}

// A page that names a file which has moved sends its reader nowhere.
func TestEveryFileThatAPageNamesExists(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	path := regexp.MustCompile("`((?:internal|cmd|docs|\\.ci)/[\\w./-]+)`")
	for _, page := range pages(t) {
		var named []string
		text := readText(t, page)
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			named = append(named, filepath.Join(filepath.Dir(page), m[1]))
		}
		if !strings.Contains(page, "decisions") { // a decision says what was true on its day
			for _, m := range path.FindAllStringSubmatch(text, -1) {
				named = append(named, filepath.Join("..", m[1]))
			}
		}
		for _, name := range named {
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s names %s: %v", page, name, err)
			}
		}
	}
}

// The architecture has one row for each package that a reader can open.
func TestTheArchitectureNamesEveryPackage(t *testing.T) {
	text := readText(t, "../docs/architecture.md")
	dirs := map[string]bool{"cmd/mfactl": true, "internal": true} // those that were looked at, or need no row
	for _, s := range sources(t) {
		dir := s.dir()
		if dirs[dir] || strings.HasPrefix(dir, "internal/bench/") {
			continue
		}
		dirs[dir] = true
		if !strings.Contains(text, "\n| `"+dir+"` |") {
			t.Errorf("docs/architecture.md has no row for %s", dir)
		}
	}
}

// The index of decisions has each page once, under its number, date and title.
func TestEveryDecisionIsInTheIndex(t *testing.T) {
	index := readText(t, "../docs/decisions/README.md")
	found, err := filepath.Glob("../docs/decisions/0*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no decisions: %v", err)
	}
	head := regexp.MustCompile(`^# (\d{4})\. (.+)\n\nDate: (\d{4}-\d\d-\d\d)\n`)
	var rows []string
	for _, path := range found {
		m, name := head.FindStringSubmatch(readText(t, path)), filepath.Base(path)
		if m == nil || !strings.HasPrefix(name, m[1]+"-") {
			t.Errorf("%s does not begin with its number, its title and its date", path)
			continue
		}
		rows = append(rows, "| ["+m[1]+"]("+name+") | "+m[3]+" | "+m[2]+" |")
	}
	if got := regexp.MustCompile(`(?m)^\| \[.*$`).FindAllString(index, -1); !slices.Equal(got, rows) {
		t.Errorf("docs/decisions/README.md lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
}
