package internal_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// asksForAKind are the files that may ask whether a kind is a certain one: the table of
// kinds. All other code asks the table, or the interfaces of package factor. To name the
// kind that is issued, found or removed is no such question.
var asksForAKind = []string{"internal/mfa/kind.go"}

// kindsCompared returns the kinds that a file compares something with by name, in a
// comparison, a case of a switch, or as the key of a table.
func kindsCompared(s source) []string {
	var found []string
	note := func(of ...ast.Expr) {
		for _, e := range of {
			if name, is := kindIn(e); is {
				found = append(found, name)
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				note(n.X, n.Y)
			}
		case *ast.CaseClause:
			note(n.List...)
		case *ast.KeyValueExpr:
			note(n.Key)
		case *ast.IndexExpr:
			note(n.Index)
		}
		return true
	})
	return found
}

// kindIn returns the kind that an expression names, by its constant or its text.
func kindIn(e ast.Expr) (name string, is bool) {
	switch e := e.(type) {
	case *ast.CallExpr: // a conversion
		if len(e.Args) == 1 {
			return kindIn(e.Args[0])
		}
	case *ast.ParenExpr:
		return kindIn(e.X)
	case *ast.SelectorExpr:
		return kindIn(e.Sel)
	case *ast.Ident:
		return e.Name, strings.HasPrefix(e.Name, "Kind") && isKind(strings.TrimPrefix(e.Name, "Kind"))
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value) // the parser has read it
		return text, isKind(text)
	}
	return "", false
}

// isKind reports whether a word is the name of a kind, or that of its constant.
func isKind(word string) bool {
	return slices.ContainsFunc(mfa.Kinds(), func(k mfa.KindInfo) bool {
		return strings.EqualFold(strings.ReplaceAll(string(k.Name), "-", ""), word) || string(k.Name) == word
	})
}

func TestOnlyTheTableOfKindsAsksForAKindByName(t *testing.T) {
	for _, s := range sources(t) {
		if s.isTest() || s.dir() == "internal/factor" || s.dir() == "internal/mfatest" || slices.Contains(asksForAKind, s.path) {
			continue
		}
		for _, name := range kindsCompared(s) {
			t.Errorf("%s compares with %s: ask the kind's row, see mfa.Kinds", s.path, name)
		}
	}
}

func TestAQuestionForAKindByNameIsSeen(t *testing.T) {
	for text, want := range map[string]bool{
		"f.Kind == mfa.KindTOTP": true, "mfa.KindBackup != k": true, `string(k) == "totp"`: true,
		"k == string(mfa.KindHOTP)": true, "func() bool { switch k { case mfa.KindRecovery: }; return false }()": true,
		"map[mfa.Kind]bool{mfa.KindSetPassword: true}": true, "of[mfa.KindTOTP]": true,
		"issue(mfa.KindRecovery)": false, "k.Class == mfa.Possession": false, "k == other": false, `k == ""`: false,
	} {
		s := parse(t, "internal/engine/x.go", "package p\n\nvar x = "+text+"\n")
		if got := len(kindsCompared(s)) > 0; got != want {
			t.Errorf("%s: seen is %t, want %t", text, got, want)
		}
	}
}
