package internal_test

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// The most files a package and the most methods a type may have, without tests and without
// what is generated. A file for one system counts with the file for the others.
const (
	mostFiles   = 30
	mostMethods = 60
)

// systems are the endings of files that are for some systems only.
var systems = []string{"_unix", "_linux", "_windows", "_darwin", "_other"}

// subject is the name of a file without the system that it is for.
func subject(s source) string {
	name := strings.TrimSuffix(path.Base(s.path), ".go")
	for _, system := range systems {
		name = strings.TrimSuffix(name, system)
	}
	return name
}

// receiver is the name of the type that a method belongs to, or "".
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if star, is := of.(*ast.StarExpr); is {
		of = star.X
	}
	switch generic := of.(type) {
	case *ast.IndexExpr:
		of = generic.X
	case *ast.IndexListExpr:
		of = generic.X
	}
	if name, is := of.(*ast.Ident); is {
		return name.Name
	}
	return ""
}

func TestPackagesAndTypesStaySmall(t *testing.T) {
	files, methods := map[string]map[string]bool{}, map[string]int{}
	for _, s := range sources(t) {
		if s.isTest() || ast.IsGenerated(s.file) {
			continue
		}
		if files[s.dir()] == nil {
			files[s.dir()] = map[string]bool{}
		}
		files[s.dir()][subject(s)] = true
		for _, d := range s.file.Decls {
			if f, is := d.(*ast.FuncDecl); is && receiver(f) != "" {
				methods[s.dir()+"."+receiver(f)]++
			}
		}
	}
	for dir, names := range files {
		if n := len(names); n > mostFiles {
			t.Errorf("%s has %d files, more than %d: divide it", dir, n, mostFiles)
		}
	}
	for of, n := range methods {
		if n > mostMethods {
			t.Errorf("%s has %d methods, more than %d: divide it", of, n, mostMethods)
		}
	}
}
