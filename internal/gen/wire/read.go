package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
)

// method is one method of mfa.Service.
type method struct {
	name      string
	request   string // the name of its type in package mfa
	reply     string // the name of its type in package mfa
	declaring string // the interface that declares it, which Service is or embeds
}

// source is package mfa as it was parsed.
type source struct {
	positions *token.FileSet
	types     map[string]ast.Expr
	read      map[string]bool // the interfaces and methods that were read, by name
}

// readService returns the methods of mfa.Service in the order of the source. It is an error
// if one of them does not take one request and return one reply.
func readService(tree fs.FS) ([]method, error) {
	names, err := fs.Glob(tree, "internal/mfa/*.go")
	if err != nil {
		return nil, err
	}
	s := source{positions: token.NewFileSet(), types: map[string]ast.Expr{}, read: map[string]bool{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(s.positions, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.add(file)
	}
	s.read["Service"] = true
	return s.methodsOf("Service")
}

// add takes in the types that a file declares.
func (s source) add(file *ast.File) {
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, spec := range g.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					s.types[t.Name.Name] = t.Type
				}
			}
		}
	}
}

// methodsOf returns the methods of an interface and of those it embeds.
func (s source) methodsOf(name string) ([]method, error) {
	all := []method{}
	i, ok := s.types[name].(*ast.InterfaceType)
	if !ok {
		return nil, fmt.Errorf("%s is not an interface that internal/mfa declares", name)
	}
	for _, f := range i.Methods.List {
		switch t := f.Type.(type) {
		case *ast.Ident:
			if err := s.once(f.Pos(), t.Name); err != nil {
				return nil, err
			}
			embedded, err := s.methodsOf(t.Name)
			if err != nil {
				return nil, s.errorAt(f.Pos(), "%s embeds %s: %w", name, t.Name, err)
			}
			all = append(all, embedded...)
		case *ast.FuncType:
			m, err := s.method(name, f.Names[0], t)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		default:
			return nil, s.errorAt(f.Pos(), "%s embeds a type that internal/mfa does not declare", name)
		}
	}
	return all, nil
}

// once is an error if an interface or a method was read before.
func (s source) once(at token.Pos, name string) error {
	if s.read[name] {
		return s.errorAt(at, "Service has %s twice", name)
	}
	s.read[name] = true
	return nil
}

// method reads the line of one method.
func (s source) method(declaring string, name *ast.Ident, f *ast.FuncType) (method, error) {
	in, out := typesOf(f.Params), typesOf(f.Results)
	if !name.IsExported() || len(in) != 2 || len(out) != 2 || !isContext(in[0]) || !s.isStruct(in[1]) || !s.isStruct(out[0]) || !isNamed(out[1], "error") {
		return method{}, s.errorAt(name.Pos(), "%s.%s must take one request and return one reply: "+
			"NAME(context.Context, REQUEST) (REPLY, error), where REQUEST and REPLY are exported structs that internal/mfa declares", declaring, name.Name)
	}
	if err := s.once(name.Pos(), name.Name); err != nil {
		return method{}, err
	}
	return method{name: name.Name, request: in[1].(*ast.Ident).Name, reply: out[0].(*ast.Ident).Name, declaring: declaring}, nil
}

// typesOf returns one type for each parameter or result.
func typesOf(list *ast.FieldList) []ast.Expr {
	var all []ast.Expr
	if list == nil {
		return nil
	}
	for _, f := range list.List {
		for range max(1, len(f.Names)) {
			all = append(all, f.Type)
		}
	}
	return all
}

func isContext(t ast.Expr) bool {
	s, ok := t.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Context" && isNamed(s.X, "context")
}

func isNamed(t ast.Expr, name string) bool {
	i, ok := t.(*ast.Ident)
	return ok && i.Name == name
}

// isStruct reports whether a type is an exported struct that package mfa declares.
func (s source) isStruct(t ast.Expr) bool {
	i, ok := t.(*ast.Ident)
	if !ok || !i.IsExported() {
		return false
	}
	_, ok = s.types[i.Name].(*ast.StructType)
	return ok
}

func (s source) errorAt(at token.Pos, format string, args ...any) error {
	return fmt.Errorf("%s: %w", s.positions.Position(at), fmt.Errorf(format, args...))
}
