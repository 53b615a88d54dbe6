// Package internal_test holds the architecture to its word: who may import
// whom (this file) and the shape of the code (shape_test.go). It reads the
// source of every platform and builds nothing.
package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mfactl/mfactl/"

// rooms is the import table: for each package those of ours and the libraries
// it may import, with what is below them for libraries. The standard library is
// open to all but for the packages in kept. A new package, or a library in a
// further package, is a decision and needs a line here, the only table of imports.
var rooms = map[string][]string{
	"cmd/mfactl": {"internal/cli"},

	"internal/mfa":     {"net/http"}, // for the names of its statuses
	"internal/authapp": {"github.com/pquerna/otp"},
	"internal/factor":  {"internal/mfa", "github.com/pquerna/otp"},
	"internal/seal":    {"internal/mfa", "filippo.io/age", "github.com/go-crypt/crypt"},
	"internal/look":    {"golang.org/x/text"},
	"internal/records": {"internal/look", "internal/mfa", "internal/seal"},
	"internal/act": {
		"internal/factor", "internal/look", "internal/mfa", "internal/records", "internal/seal", "internal/throttle", "golang.org/x/text",
	},
	"internal/engine": {
		"internal/act", "internal/engine/admin", "internal/engine/direct", "internal/engine/signin",
		"internal/factor", "internal/mfa", "internal/records", "internal/seal",
	},
	"internal/engine/signin": {
		"internal/act", "internal/factor", "internal/mfa", "internal/records", "internal/seal", "internal/throttle",
	},
	"internal/engine/admin": {
		"internal/act", "internal/engine/signin", "internal/mfa", "internal/records", "internal/throttle",
	},
	"internal/engine/direct": {
		"internal/act", "internal/engine/admin", "internal/engine/signin", "internal/mfa", "internal/records",
	},
	"internal/store": {"internal/mfa", "internal/store/sqlite", "internal/store/sqlstore"},
	"internal/throttle": {
		"internal/mfa",
	},
	"internal/store/sqlite": {
		"internal/mfa", "internal/store/sqlstore", "database/sql", "github.com/gofrs/flock", "github.com/pressly/goose/v3",
		"golang.org/x/sys", "modernc.org/sqlite",
	},
	"internal/store/sqlstore": {"internal/mfa", "database/sql", "github.com/pressly/goose/v3"},
	"internal/api": {
		"internal/mfa", "net/http", "github.com/failsafe-go/failsafe-go", "github.com/go-json-experiment/json",
		"golang.org/x/sys", "golang.org/x/time",
	},
	"internal/serve":  {"internal/mfa", "net/http", "github.com/coreos/go-systemd/v22", "golang.org/x/sync"},
	"internal/config": {"internal/mfa", "github.com/spf13/viper", "go.yaml.in/yaml/v3"},
	"internal/term": {
		"github.com/aymanbagabas/go-osc52/v2", "github.com/charmbracelet/lipgloss", "github.com/mdp/qrterminal/v3",
		"github.com/muesli/termenv", "golang.org/x/sys", "golang.org/x/term", "rsc.io/qr",
	},
	"internal/cli": {
		"internal/cli/account", "internal/cli/admin", "internal/cli/app", "internal/cli/host", "internal/config", "internal/mfa", "internal/term",
		"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/sys",
	},
	"internal/cli/provenance": {"internal/mfa"},
	"internal/cli/app": {
		"internal/api", "internal/cli/provenance", "internal/config", "internal/engine", "internal/mfa", "internal/seal", "internal/store", "internal/term",
		"github.com/itchyny/gojq", "github.com/sethvargo/go-diceware", "github.com/spf13/cobra", "github.com/spf13/pflag",
		"go.yaml.in/yaml/v3", "golang.org/x/sys",
	},
	"internal/cli/account": {
		"internal/cli/app", "internal/config", "internal/mfa", "internal/term", "github.com/gofrs/flock", "github.com/spf13/cobra",
	},
	"internal/cli/admin": {"internal/cli/app", "internal/engine", "internal/mfa", "internal/term", "github.com/spf13/cobra"},
	"internal/cli/host": {
		"internal/api", "internal/cli/app", "internal/config", "internal/engine", "internal/mfa", "internal/authapp",
		"internal/seal", "internal/serve", "internal/store", "internal/term", "github.com/spf13/cobra",
	},

	"internal/mfatest":           {"internal/mfa", "internal/authapp", "testing"},
	"internal/gen":               {"internal/api", "internal/cli", "internal/mfa", "github.com/danielgtaylor/huma/v2", "github.com/spf13/cobra"},
	"internal/gen/look":          {"golang.org/x/text"},
	"internal/gen/wire":          {},
	"internal/skips":             {},
	"internal/attack":            {"internal/attack/ram", "internal/authapp", "internal/engine", "internal/mfa", "internal/seal"},
	"internal/attack/ram":        {"internal/mfa"},
	"internal/bench":             {"internal/authapp", "golang.org/x/sys", "net/http"},
	"internal/bench/yard/floor":  {"database/sql", "modernc.org/sqlite", "net/http"},
	"internal/bench/yard/hello":  {"internal/bench/yard/libraries", "github.com/spf13/cobra"},
	"internal/bench/yard/lookup": {"internal/bench/yard/libraries", "database/sql", "github.com/spf13/cobra", "modernc.org/sqlite"},
	"internal/bench/yard/write":  {"internal/bench/yard/libraries", "database/sql", "github.com/spf13/cobra", "modernc.org/sqlite"},
	"internal/bench/yard/libraries": {
		"filippo.io/age", "github.com/charmbracelet/lipgloss", "github.com/itchyny/gojq", "github.com/mdp/qrterminal/v3", "github.com/pquerna/otp",
		"github.com/pressly/goose/v3", "github.com/spf13/viper", "golang.org/x/text", "modernc.org/sqlite",
	},
}

// kept are the packages of the standard library that only some rooms may use, or none.
var kept = []string{"database/sql", "net/http", "net/smtp", "testing"}

// source is one file of the tree.
type source struct {
	path string // from the module's root, with slashes
	file *ast.File
	pos  *token.FileSet
}

func (s source) dir() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// sources parses every Go file of the module, whatever platform it is for.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	tree := os.DirFS("..")
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		all = append(all, parse(t, name, string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func parse(t *testing.T, name, text string) source {
	t.Helper()
	pos := token.NewFileSet()
	file, err := parser.ParseFile(pos, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: name, file: file, pos: pos}
}

// strangers returns what a file imports and may not.
func strangers(s source) []string {
	var bad []string
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		if !mayImport(s, strings.TrimPrefix(imported, module)) {
			bad = append(bad, imported)
		}
	}
	return bad
}

// mayImport looks into the table. Tests may import what they like, but only
// those of the commands themselves may stand on the commands.
func mayImport(s source, imported string) bool {
	if s.isTest() {
		stand := []string{"cmd/mfactl", "internal/gen", "internal/faults", "internal/cli"}
		return !within(imported)("internal/cli") || slices.ContainsFunc(stand, within(s.dir()))
	}
	ours := strings.HasPrefix(imported, "internal/")
	library := strings.Contains(strings.Split(imported, "/")[0], ".")
	if !ours && !library && !slices.ContainsFunc(kept, within(imported)) {
		return true
	}
	return slices.ContainsFunc(rooms[s.dir()], func(allowed string) bool {
		return imported == allowed || !ours && within(imported)(allowed)
	})
}

// within reports whether a package is that one or below it.
func within(imported string) func(string) bool {
	return func(above string) bool { return imported == above || strings.HasPrefix(imported, above+"/") }
}

func TestEveryPackageImportsOnlyWhatItMay(t *testing.T) {
	for _, s := range sources(t) {
		if _, known := rooms[s.dir()]; !known && !s.isTest() {
			t.Errorf("%s: package %s has no line in the import table", s.path, s.dir())
			continue
		}
		for _, bad := range strangers(s) {
			t.Errorf("%s: %s may not import %s", s.path, s.dir(), bad)
		}
	}
}

func TestTheTableRefusesShortcuts(t *testing.T) {
	tests := []struct {
		file, imported string
		allowed        bool
	}{
		{"internal/act/perform.go", module + "internal/mfa", true},
		{"internal/act/perform.go", module + "internal/store", false},
		{"internal/act/perform.go", module + "internal/engine", false},
		{"internal/act/perform.go", module + "internal/mfatest", false},
		{"internal/engine/engine.go", module + "internal/act", true},
		{"internal/engine/engine.go", module + "internal/store", false},
		{"internal/engine/signin/signin.go", module + "internal/engine/admin", false},
		{"internal/records/users.go", module + "internal/engine", false},
		{"internal/engine/world_test.go", module + "internal/store", true},
		{"internal/engine/world_test.go", module + "internal/cli", false},
		{"internal/engine/world_test.go", module + "internal/cli/app", false},
		{"internal/store/store.go", module + "internal/store/sqlite", true},
		{"internal/store/store.go", "modernc.org/sqlite", false},
		{"internal/store/sqlite/file.go", "modernc.org/sqlite/lib", true},
		{"internal/store/sqlite/file.go", module + "internal/store", false},
		{"internal/store/sqlstore/tx.go", module + "internal/engine", false},
		{"internal/store/sqlstore/tx.go", "modernc.org/sqlite", false},
		{"internal/store/sqlstore/tx.go", module + "internal/store/sqlite", false},
		{"internal/cli/app/open.go", module + "internal/store/sqlite", false},
		{"internal/api/client.go", module + "internal/engine", false},
		{"internal/api/client.go", "net/http", true},
		{"internal/api/client_test.go", "net/http/httptest", true},
		{"internal/term/qr.go", module + "internal/cli", false},
		{"internal/gen/main.go", module + "internal/cli", true},
		{"internal/gen/main.go", "github.com/spf13/cobra/doc", true},
		{"internal/gen/wire/main.go", module + "internal/mfa", false},
		{"internal/bench/main.go", module + "internal/cli", false},
		{"internal/cli/app/open.go", module + "internal/store", true},
		{"internal/cli/app/open.go", "github.com/spf13/viper", false},
		{"internal/cli/app/open.go", "net/http", false},
		{"internal/cli/app/open.go", module + "internal/cli", false},
		{"internal/cli/app/open.go", module + "internal/cli/admin", false},
		{"internal/cli/root.go", module + "internal/cli/admin", true},
		{"internal/cli/root.go", module + "internal/store", false},
		{"internal/cli/account/login.go", module + "internal/cli/app", true},
		{"internal/cli/account/login.go", module + "internal/cli/admin", false},
		{"internal/cli/account/login.go", module + "internal/api", false},
		{"internal/cli/host/demo.go", module + "internal/mfatest", false},
		{"internal/cli/host/remedies_test.go", module + "internal/cli", true},
		{"internal/mfa/code.go", "github.com/spf13/cobra", false},
		{"internal/seal/aead.go", "crypto/aes", true},
		{"internal/seal/aead.go", "database/sql/driver", false},
		{"internal/faults/main_test.go", module + "internal/cli", true},
		{"internal/faults/main_test.go", module + "internal/cli/app", true},
		// There are no such files, since a package without a line holds tests alone.
		{"internal/faults/faults.go", module + "internal/store", false},
		{"internal/new/new.go", module + "internal/mfa", false},
	}
	for _, tt := range tests {
		s := parse(t, tt.file, fmt.Sprintf("package p\n\nimport _ %q\n", tt.imported))
		if got := len(strangers(s)) == 0; got != tt.allowed {
			t.Errorf("%s imports %s: allowed is %t, want %t", tt.file, tt.imported, got, tt.allowed)
		}
	}
}
