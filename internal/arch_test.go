// Package internal holds the test of the house: who may import whom, how long a
// file and a function may be, and that every exported name says what it is.
package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/mfactl/mfactl/"

// mayImport is the import table: for each package the others of the project it
// may import. What is not listed may import none.
func mayImport() map[string][]string {
	return map[string][]string{
		"cmd/mfactl":       {"internal/cli"},
		"internal/mfa":     {},
		"internal/factor":  {"internal/mfa"},
		"internal/seal":    {"internal/mfa"},
		"internal/engine":  {"internal/mfa", "internal/factor", "internal/seal"},
		"internal/store":   {"internal/mfa"},
		"internal/config":  {"internal/mfa"},
		"internal/phone":   {},
		"internal/term":    {},
		"internal/cli":     {"internal/mfa", "internal/engine", "internal/seal", "internal/store", "internal/config", "internal/term", "internal/phone"},
		"internal/gen":     {"internal/cli"},
		"internal/mfatest": {"internal/mfa", "internal/phone"},
	}
}

// onlyIn says which libraries belong to one room.
func onlyIn() map[string][]string {
	return map[string][]string{
		"github.com/pquerna/otp":             {"internal/factor"},
		"database/sql":                       {"internal/store", "internal/bench/yard/lookup"},
		"modernc.org/sqlite":                 {"internal/store", "internal/bench/yard/lookup"},
		"github.com/pressly/goose":           {"internal/store"},
		"net/http":                           {"internal/api"},
		"github.com/spf13/cobra":             {"internal/cli", "internal/gen", "internal/bench/yard/hello", "internal/bench/yard/lookup"},
		"github.com/spf13/viper":             {"internal/config"},
		"github.com/charmbracelet/lipgloss":  {"internal/term"},
		"github.com/mdp/qrterminal":          {"internal/term"},
		"golang.org/x/term":                  {"internal/term"},
		"github.com/go-crypt/crypt":          {"internal/seal"},
		"github.com/tink-crypto/tink-go":     {},
		"github.com/charmbracelet/bubbletea": {},
		"github.com/charmbracelet/huh":       {},
	}
}

// source is one parsed file that is no test.
type source struct {
	path, pkg string
	set       *token.FileSet
	file      *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	for _, root := range []string{"../cmd", "."} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			dir := filepath.ToSlash(filepath.Dir(filepath.Join("internal", path)))
			out = append(out, source{path, dir, set, f})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(out) < 50 {
		t.Fatalf("only %d files found", len(out))
	}
	return out
}

func TestEveryPackageImportsOnlyWhatTheTableAllows(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.pkg, "internal/bench") {
			continue
		}
		allowed, listed := mayImport()[s.pkg]
		if !listed {
			t.Errorf("%s is not in the import table", s.pkg)
		}
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			own, ours := strings.CutPrefix(path, module)
			if ours && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", s.path, own)
			}
			if s.pkg == "internal/mfa" && strings.Contains(path, ".") {
				t.Errorf("%s imports %s: the vocabulary knows the standard library only", s.path, path)
			}
		}
	}
}

func TestEveryLibraryHasItsRoom(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			for library, rooms := range onlyIn() {
				if (path == library || strings.HasPrefix(path, library+"/")) && !slices.Contains(rooms, s.pkg) {
					t.Errorf("%s imports %s", s.path, path)
				}
			}
		}
	}
}

func TestFilesAndFunctionsStayShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := s.set.Position(s.file.End()).Line; n > 500 {
			t.Errorf("%s has %d lines", s.path, n)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if f.Name.Name == "init" {
				t.Errorf("%s has an init function", s.path)
			}
			if n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; n > 70 {
				t.Errorf("%s: %s has %d lines", s.path, f.Name.Name, n)
			}
		}
	}
}

func TestEveryExportedNameSaysWhatItIs(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					t.Errorf("%s: %s has no comment", s.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if ts, ok := spec.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil {
						t.Errorf("%s: %s has no comment", s.path, ts.Name.Name)
					}
				}
			}
		}
	}
}

func exportedReceiver(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	kind := f.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if index, ok := kind.(*ast.IndexExpr); ok {
		kind = index.X
	}
	id, ok := kind.(*ast.Ident)
	return ok && id.IsExported()
}
