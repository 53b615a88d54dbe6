package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// comments are what the source of package mfa says of its methods, types and fields.
type comments struct {
	methods map[string]string            // of Service, by name
	fields  map[string]map[string]string // of a type, by the field's name in Go
}

// readComments reads the source of package mfa.
func readComments(tree fs.FS) (c comments, _ error) {
	c = comments{methods: map[string]string{}, fields: map[string]map[string]string{}}
	files, err := fs.Glob(tree, "internal/mfa/*.go")
	if err != nil {
		return c, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return c, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path.Base(name), text, parser.ParseComments)
		if err != nil {
			return c, err
		}
		for _, d := range file.Decls {
			c.take(d)
		}
	}
	return c, nil
}

func (c comments) take(d ast.Decl) {
	g, ok := d.(*ast.GenDecl)
	if !ok {
		return
	}
	for _, spec := range g.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		switch of := t.Type.(type) {
		case *ast.InterfaceType:
			for _, m := range of.Methods.List {
				for _, name := range m.Names {
					c.methods[name.Name] = words(m.Doc)
				}
			}
		case *ast.StructType:
			c.fields[t.Name.Name] = fieldComments(of)
		}
	}
}

func fieldComments(s *ast.StructType) map[string]string {
	out := map[string]string{}
	for _, f := range s.Fields.List {
		text := words(f.Doc)
		if text == "" {
			text = words(f.Comment)
		}
		for _, name := range f.Names {
			out[name.Name] = text
		}
	}
	return out
}

// words is a comment as one line, without the brackets of links.
func words(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	text := strings.Join(strings.Fields(c.Text()), " ")
	return strings.NewReplacer("[", "", "]", "").Replace(text)
}
