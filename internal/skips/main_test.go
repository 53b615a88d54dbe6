package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lines are a run in which tests of internal/a wrote and ended as told: "TestX skip text".
func lines(tests ...string) string {
	const head = `{"Package":"github.com/mfactl/mfactl/internal/a",`
	var b strings.Builder
	for _, one := range tests {
		words := strings.SplitN(one, " ", 3)
		for _, text := range []string{"=== RUN   " + words[0] + `\n`, words[2], "--- SKIP: " + words[0] + ` (0.00s)\n`} {
			fmt.Fprintf(&b, `%s"Action":"output","Test":"%s","Output":"%s"}`+"\n", head, words[0], text)
		}
		fmt.Fprintf(&b, `%s"Action":"%s","Test":"%s"}`+"\n", head, words[1], words[0])
	}
	return b.String() + head + `"Action":"output","Output":"ok  \tinternal/a\n"}` + "\n" + head + `"Action":"pass"}` + "\n"
}

func TestOnlyListedTestsMaySkip(t *testing.T) {
	const list = "# a comment\n\ninternal/a.TestTool ordinary needs a tool\ninternal/a.TestLong/part_one short takes long\ninternal/b.TestRoot ordinary needs root\n"
	tool, long := `TestTool skip     a_test.go:7: tool is not installed\n`, `TestLong/part_one skip     a_test.go:9: long\n`
	for name, c := range map[string]struct {
		run, where string
		want       string // empty: the run passes
	}{
		"a listed skip":             {lines(tool, "TestX pass "), "ordinary", ""},
		"a skip of another place":   {lines(tool), "root", "TestTool was skipped (tool is not installed), and the list does not allow it in this run: root"},
		"a skip that is not listed": {lines(tool, `TestX skip     a_test.go:1: why\n`), "ordinary", "internal/a.TestX was skipped (why)"},
		"a subtest":                 {lines(long), "short,root", ""},
		"another subtest":           {lines(`TestLong/part_two skip     a_test.go:1: why\n`), "short,root", "TestLong/part_two was skipped"},
		"no reason given":           {lines(`TestTool skip     a_test.go:7: \n`), "ordinary", "TestTool was skipped without a reason"},
		"a listed test that ran":    {lines("TestTool pass "), "ordinary", "TestTool was not skipped"},
		"the same in a mixed run":   {lines("TestTool pass "), "ordinary,short", ""},
		"a failure":                 {lines("TestX fail it broke", tool), "ordinary", "tests failed"},
		"nothing":                   {"", "root", "no package was tested"},
		"a build that failed":       {`{"ImportPath":"x","Action":"build-output","Output":"no such thing\n"}` + "\n" + `{"ImportPath":"x","Action":"build-fail"}` + "\n", "root", "tests failed"},
	} {
		t.Run(name, func(t *testing.T) {
			allowed, err := parse(list)
			if err != nil {
				t.Fatal(err)
			}
			r := newResults(&strings.Builder{})
			if err := r.read(strings.NewReader(c.run)); err != nil {
				t.Fatal(err)
			}
			err = r.judge(allowed, strings.Split(c.where, ","))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it says %v, want %q", err, c.want)
			}
		})
	}
}

// A run is shown as go test shows it, with the skips and their reasons at the end.
func TestFailuresAndSkipsArePrinted(t *testing.T) {
	const head = `{"Package":"github.com/mfactl/mfactl/internal/a",`
	run := "go: downloading x\n" + lines("TestGood pass quiet", `TestBad fail     it broke\n`, `TestTool skip     a_test.go:7: no tool\n`) +
		head + `"Action":"output","Test":"TestHangs","Output":"panic: timed out\n"}` + "\n" + head + `"Action":"fail"}` + "\n"
	var out strings.Builder
	r := newResults(&out)
	if err := r.read(strings.NewReader(run)); err != nil {
		t.Fatal(err)
	}
	_ = r.judge([]permit{{test: "internal/a.TestTool", where: []string{"root"}, reason: "of the list"}}, []string{"root"})
	for _, want := range []string{"go: downloading x\n", "it broke\n", "panic: timed out\n", "ok  \tinternal/a\n", "skipped: internal/a.TestTool: of the list\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not printed:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "quiet") {
		t.Errorf("a test that passed is printed:\n%s", out.String())
	}
}

func TestAListThatIsWrongIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"internal/a.TestX ordinary":                             "want a test, where it may skip, and the reason",
		"internal/a.TestX anywhere it likes":                    "is no sort of run",
		"internal/a.TestX ordinary,root why":                    "it would run nowhere",
		"internal/a.TestX root why\ninternal/a.TestX short why": "line 2: internal/a.TestX: it is listed twice",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// Each test of the list exists.
func TestTheListNamesTestsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", ".ci", "skips"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := parse(string(text))
	if err != nil || len(all) == 0 {
		t.Fatalf("%d lines: %v", len(all), err)
	}
	for _, p := range all {
		dir, name, _ := strings.Cut(p.test, ".")
		name, _, _ = strings.Cut(name, "/")
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found = found || regexp.MustCompile(`(?m)^func `+name+`\(`).Match(b)
		}
		if !found {
			t.Errorf("%s has no %s", dir, name)
		}
	}
}
