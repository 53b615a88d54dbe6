package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli"
	"github.com/mfactl/mfactl/internal/mfa"
)

func TestTheCheckedInFilesAreFresh(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	want, err := files(cli.Commands(), os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range want {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		if err != nil {
			t.Errorf("%v; run go generate ./...", err)
		} else if !bytes.Equal(got, f.text) {
			t.Errorf("%s is stale; run go generate ./...", f.path)
		}
	}
}

func TestTwoRunsWriteTheSameManPages(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	t.Setenv("SOURCE_DATE_EPOCH", "")
	for _, dir := range []string{one, two} {
		if err := run(dir); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := filepath.Glob(filepath.Join(one, "*.1"))
	if err != nil || len(pages) < 2 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, page := range pages {
		a, errA := os.ReadFile(page)
		b, errB := os.ReadFile(filepath.Join(two, filepath.Base(page)))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from one run to the next (%v, %v)", filepath.Base(page), errA, errB)
		}
		if root, err := moduleRoot(); err != nil || bytes.Contains(a, []byte(root)) {
			t.Errorf("%s names a path of this machine (%v)", filepath.Base(page), err)
		}
	}
}

func TestAManPageOfACommandThatIsGoneIsRemoved(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "mfactl-gone.1")
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}

func TestTheReadmeKeepsItsTextAndGetsItsLists(t *testing.T) {
	tree := &cobra.Command{Use: "mfactl"}
	act := func(*cobra.Command, []string) {}
	group := &cobra.Command{Use: "admin", Short: "Administer others"}
	group.AddCommand(&cobra.Command{Use: "reset-2fa USER", Short: "Reset another's 2FA", Run: act})
	tree.AddCommand(group, &cobra.Command{Use: "secret", Short: "not for people", Hidden: true, Run: act})
	page := "top\n<!-- commands:start -->stale<!-- commands:end -->\nmiddle\n" +
		"<!-- exit-codes:start --><!-- exit-codes:end -->\nbottom\n"

	got, err := fillReadme([]byte(page), tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"top\n<!--", "-->\nmiddle\n<!--", "-->\nbottom\n", "\nmfactl admin reset-2fa                 Reset another's 2FA\n"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	for _, not := range []string{"stale", "secret", "Administer others"} {
		if strings.Contains(string(got), not) {
			t.Errorf("%q is in:\n%s", not, got)
		}
	}
	for _, c := range mfa.Codes() {
		if !strings.Contains(string(got), "| "+string(c.Code)+" |") {
			t.Errorf("no exit code of %s in:\n%s", c.Code, got)
		}
	}
	again, err := fillReadme(got, tree)
	if err != nil || !bytes.Equal(again, got) {
		t.Errorf("a second run changes it again (%v):\n%s", err, again)
	}
}

func TestAReadmeWithoutAMarkerIsAnError(t *testing.T) {
	for _, page := range []string{"", "<!-- x:start -->", "<!-- x:end --><!-- x:start -->"} {
		if got, err := splice([]byte(page), "x", "table"); err == nil {
			t.Errorf("%q became %q", page, got)
		}
	}
}
