package internal_test

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// errorTable is the file with the one table of error codes.
const errorTable = "internal/mfa/error.go"

// codeNames returns the constants of type Code that the table's file declares.
func codeNames(s source) []string {
	var names []string
	for _, d := range s.file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			if typed, ok := v.Type.(*ast.Ident); ok && typed.Name == "Code" {
				names = append(names, v.Names[0].Name)
			}
		}
	}
	return names
}

// classified returns where a file lists several error codes itself, instead of asking
// for a property in the table: in a case, in comparisons joined by || or &&, or in a list.
func classified(s source, codes []string) []string {
	isCode := func(e ast.Expr) bool {
		if sel, ok := e.(*ast.SelectorExpr); ok {
			pkg, ok := sel.X.(*ast.Ident)
			return ok && pkg.Name == "mfa" && slices.Contains(codes, sel.Sel.Name)
		}
		name, ok := e.(*ast.Ident)
		return ok && s.file.Name.Name == "mfa" && slices.Contains(codes, name.Name)
	}
	compares := func(e ast.Expr) bool {
		b, ok := e.(*ast.BinaryExpr)
		return ok && (b.Op == token.EQL || b.Op == token.NEQ) && (isCode(b.X) || isCode(b.Y))
	}
	var bad []string
	check := func(n ast.Node, all []ast.Expr, is func(ast.Expr) bool) {
		if rest := slices.DeleteFunc(slices.Clone(all), func(e ast.Expr) bool { return !is(e) }); len(rest) > 1 {
			bad = append(bad, s.pos.Position(n.Pos()).String())
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CaseClause:
			check(n, n.List, isCode)
		case *ast.CompositeLit:
			check(n, n.Elts, isCode)
		case *ast.BinaryExpr:
			if n.Op == token.LOR || n.Op == token.LAND {
				check(n, operands(n, n.Op), compares)
			}
		}
		return true
	})
	return slices.Compact(bad) // a long chain is found once for each operator
}

// operands returns what a chain of one operator joins.
func operands(e ast.Expr, op token.Token) []ast.Expr {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return operands(e.X, op)
	case *ast.BinaryExpr:
		if e.Op == op {
			return append(operands(e.X, op), operands(e.Y, op)...)
		}
	}
	return []ast.Expr{e}
}

func TestErrorCodesAreClassifiedInTheirTableOnly(t *testing.T) {
	all := sources(t)
	table := slices.IndexFunc(all, func(s source) bool { return s.path == errorTable })
	if table < 0 {
		t.Fatalf("there is no %s", errorTable)
	}
	codes := codeNames(all[table])
	if len(codes) < 16 {
		t.Fatalf("%s declares the codes %q", errorTable, codes)
	}
	for _, s := range all {
		if s.path == errorTable || s.isTest() {
			continue
		}
		for _, at := range classified(s, codes) {
			t.Errorf("%s lists several error codes: make it a property in %s", at, errorTable)
		}
	}
}

func TestAListOfErrorCodesIsFound(t *testing.T) {
	codes := []string{"Usage", "Locked"}
	for body, want := range map[string]int{
		"switch c {\ncase mfa.Usage, mfa.Locked:\n}":                1,
		"switch c {\ncase mfa.Usage:\ncase mfa.Locked:\n}":          0,
		"_ = c == mfa.Usage || x || (mfa.Locked == c)":              1,
		"_ = c != mfa.Usage && c != mfa.Locked":                     1,
		"_ = c == mfa.Usage || c == mfa.Locked && x":                0,
		"_ = c == mfa.Usage || c == other.Locked":                   0,
		"_ = slices.Contains([]mfa.Code{mfa.Usage, mfa.Locked}, c)": 1,
	} {
		s := parse(t, "a.go", "package p\n\nfunc f() {\n"+body+"\n}\n")
		if got := classified(s, codes); len(got) != want {
			t.Errorf("%s: found at %q, want %d", body, got, want)
		}
	}
}
