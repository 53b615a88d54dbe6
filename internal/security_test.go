package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that SECURITY.md names exists, in the package it says.
func TestEveryTestThatSECURITYNamesExists(t *testing.T) {
	b, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(b), -1)
	if len(named) < 100 {
		t.Errorf("only %d tests are named", len(named))
	}
	sources := map[string]string{}
	for _, m := range named {
		pkg, name := m[1], m[2]
		if sources[pkg] == "" {
			sources[pkg] = testsOf(t, pkg)
		}
		if !strings.Contains(sources[pkg], "\nfunc "+name+"(") {
			t.Errorf("there is no %s.%s", pkg, name)
		}
	}
}

// testsOf is the text of a package's test files.
func testsOf(t *testing.T, pkg string) string {
	t.Helper()
	var paths []string
	for _, dir := range []string{".", "*", "../test"} {
		found, err := filepath.Glob(filepath.Join(dir, pkg, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		t.Fatalf("no tests in %s", pkg)
	}
	var all strings.Builder
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
