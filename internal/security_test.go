package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The pages that name tests: of what must hold, and of what standards require.
const (
	securityTests     = "../docs/security-tests.md"
	securityStandards = "../docs/security-standards.md"
)

// namedTest matches a test as the page names it: its package, a dot and its name.
var namedTest = regexp.MustCompile("`([a-z]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`")

// Every test that a page names exists, in the package it says.
func TestEveryTestThatThePageNamesExists(t *testing.T) {
	named := namedTest.FindAllStringSubmatch(readText(t, securityTests)+readText(t, securityStandards), -1)
	if len(named) < 100 {
		t.Errorf("only %d tests are named", len(named))
	}
	sources := testSources{}
	for _, m := range named {
		if sources.test(t, m[1], m[2]) == "" {
			t.Errorf("there is no %s.%s", m[1], m[2])
		}
	}
}

// The page has one row for each rule of the policy, and a test that is named there sets
// the rule: so nobody adds a rule without a test of what it does.
func TestEveryRuleOfThePolicyHasANamedTest(t *testing.T) {
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|.*$").FindAllStringSubmatch(readText(t, securityTests), -1) {
		rows[m[1]] = m[0]
	}
	sources := testSources{}
	for _, rule := range mfa.PolicyRules() {
		sets := func(m []string) bool {
			return strings.Contains(sources.test(t, m[1], m[2]), `"`+rule.Name+`"`)
		}
		if !slices.ContainsFunc(namedTest.FindAllStringSubmatch(rows[rule.Name], -1), sets) {
			t.Errorf("the policy rule %s has no test: add a row to docs/security-tests.md that names a test which sets it", rule.Name)
		}
		delete(rows, rule.Name)
	}
	for name := range rows {
		t.Errorf("docs/security-tests.md has a row for %s, which is not a rule of the policy", name)
	}
}

// testSources is the text of the test files of packages, by the name of their directory.
type testSources map[string]string

// test returns the source of a test, and nothing if the package has no such test.
func (s testSources) test(t *testing.T, pkg, name string) string {
	t.Helper()
	if s[pkg] == "" {
		s[pkg] = testsOf(t, pkg)
	}
	_, rest, found := strings.Cut(s[pkg], "\nfunc "+name+"(")
	if !found {
		return ""
	}
	body, _, _ := strings.Cut(rest, "\n}\n")
	return body
}

// testsOf returns the text of a package's test files. The package may lie in a
// directory of internal or one below it.
func testsOf(t *testing.T, pkg string) string {
	t.Helper()
	var paths []string
	for _, dir := range []string{".", "*"} {
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
		all.WriteString(readText(t, path))
	}
	return all.String()
}

func readText(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Of each requirement the page of standards says whether it is met. One that is met names a test
// or says in words why no test can show it; any other says why, or what is missing.
func TestEveryRequirementOfAStandardHasItsState(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ((?:[0-9]+\.[0-9]+\.[0-9]+|§).*?) \| (.*?) \| (.*?) \|$`).FindAllStringSubmatch(readText(t, securityStandards), -1)
	if len(rows) < 50 {
		t.Errorf("only %d requirements are listed", len(rows))
	}
	states := []string{"met", "met with `totp_skew=0`", "deviation", "not yet", "other"}
	for _, row := range rows {
		if !slices.Contains(states, row[2]) || len(row[3]) < 10 {
			t.Errorf("%s: %q, %q", row[1], row[2], row[3])
		}
	}
}
