package internal_test

import (
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// filesOfStores are the words by which a program names the files of a SQLite store, and
// the scheme of its URL. Commands ask the store instead, so that another kind of store is
// one folder.
var filesOfStores = []string{"-wal", "-shm", ".lock", "sqlite"}

// otherWords are the literals that hold such a word and mean something else, by the name
// of their file.
var otherWords = map[string][]string{
	"action.go":        {"auth.lock", "user.lock"}, // acts, as the audit trail names them
	"contexts_file.go": {".lock"},                  // the contexts have a lock file of their own
}

// aboutStores returns the literals of a file that name what only the store knows.
func aboutStores(s source) []string {
	var found []string
	imports := map[*ast.BasicLit]bool{}
	for _, spec := range s.file.Imports {
		imports[spec.Path] = true
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		literal, is := n.(*ast.BasicLit)
		if !is || literal.Kind != token.STRING || imports[literal] {
			return true
		}
		text, _ := strconv.Unquote(literal.Value) // the parser has read it
		names := slices.ContainsFunc(filesOfStores, func(word string) bool { return strings.Contains(text, word) })
		if names && !slices.Contains(otherWords[path.Base(s.path)], text) {
			found = append(found, text)
		}
		return true
	})
	return found
}

// ofStores reports whether a folder is one of the stores' own, or measures them.
func ofStores(dir string) bool {
	return within(dir)("internal/store") || within(dir)("internal/bench")
}

func TestOnlyTheStoreNamesItsFiles(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() || ofStores(s.dir()) {
			continue
		}
		for _, text := range aboutStores(s) {
			t.Errorf("%s: %q names what only package store knows: ask it", s.path, text)
		}
	}
}

func TestTheNamesOfAStoresFilesAreSeen(t *testing.T) {
	for text, want := range map[string]bool{
		`path + "-wal"`: true, "`x-shm`": true, `"store.db.lock"`: true, `"sqlite://"`: true, `".lock"`: true,
		`"user.locked"`: true, `"user.lock"`: false, `"the path of a SQLite file"`: false, `"block"`: false, `'a'`: false,
	} {
		s := parse(t, "internal/mfa/action.go", "package p\n\nimport _ \"modernc.org/sqlite\"\n\nvar path string\n\nvar x = "+text+"\n")
		if got := len(aboutStores(s)) > 0; got != want {
			t.Errorf("%s: seen is %t, want %t", text, got, want)
		}
	}
}

func TestOnlyTheStoreSpeaksSQL(t *testing.T) {
	for _, dir := range slices.Sorted(maps.Keys(rooms)) {
		if slices.ContainsFunc(rooms[dir], within("database/sql")) && !ofStores(dir) {
			t.Errorf("%s may import database/sql", dir)
		}
	}
	for _, s := range sources(t) {
		for _, spec := range s.file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
			if within(imported)("database/sql") && !s.isTest() && !ofStores(s.dir()) {
				t.Errorf("%s imports %s", s.path, imported)
			}
		}
	}
}
