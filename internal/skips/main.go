// Command skips reads the output of go test -json, prints what go test itself would, and
// fails where a test was skipped that the list of skips does not name. A skipped test
// looks like one that passed, so the list is what says which tests ran.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	path := flag.String("list", ".ci/skips", "the list of tests that may skip")
	where := flag.String("where", "", "which sorts of run this is: words of the list's second column, with commas")
	flag.Parse()
	if err := check(*path, strings.Split(*where, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
}

// check reads standard input as a run of those sorts.
func check(path string, where []string) error {
	text, err := os.ReadFile(path) //nolint:gosec // the list is named on the command line
	if err != nil {
		return err
	}
	allowed, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r := newResults(os.Stdout)
	if err := r.read(os.Stdin); err != nil {
		return err
	}
	return r.judge(allowed, where)
}
