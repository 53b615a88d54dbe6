package internal_test

import (
	"go/ast"
	"go/doc/comment"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// misnamed returns the comments that begin with another name than the one that they stand at,
// as after a renaming. The comment of a function or type begins with its name, also behind an
// article. One of a field, a constant or a variable may begin with another word, but not with
// a small letter.
func misnamed(s source) (bad []string) {
	check := func(doc *ast.CommentGroup, strict bool, names ...*ast.Ident) {
		words := strings.Fields(doc.Text()) // none where there is no comment
		if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) && strict {
			words = words[1:]
		}
		if len(words) == 0 || !strict && !unicode.IsLower([]rune(words[0])[0]) {
			return
		}
		word := strings.TrimRight(words[0], ",:;")
		named := func(n *ast.Ident) bool { return word == n.Name || strings.HasPrefix(word, n.Name+"'") }
		if len(names) > 0 && !slices.ContainsFunc(names, named) {
			bad = append(bad, s.pos.Position(doc.Pos()).String()+": the comment of "+names[0].Name+" begins with "+words[0])
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if !s.isTest() || !isTestName(n.Name.Name) {
				check(n.Doc, true, n.Name)
			}
		case *ast.GenDecl:
			if spec, is := n.Specs[0].(*ast.TypeSpec); is && !n.Lparen.IsValid() {
				check(n.Doc, true, spec.Name)
			} else if spec, is := n.Specs[0].(*ast.ValueSpec); is && !n.Lparen.IsValid() {
				check(n.Doc, false, spec.Names...)
			}
		case *ast.TypeSpec:
			check(n.Doc, true, n.Name)
		case *ast.ValueSpec:
			check(n.Doc, false, n.Names...)
		case *ast.Field:
			check(n.Doc, false, n.Names...)
		}
		return true
	})
	return bad
}

// isTestName reports whether a function is run by go test, and so told about in a sentence.
func isTestName(name string) bool {
	return slices.ContainsFunc([]string{"Test", "Fuzz", "Benchmark", "Example"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

// links are the names in brackets in comments, with the package and the type before them.
var links = regexp.MustCompile(`(?:^|[\s("])\[\*?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,2})\](?:[\s.,;:)"?!']|$)`)

// declared are the names of each package of ours, by its directory: "Name" and "Type.Name".
type declared map[string]map[string]bool

// add takes in the names of a file.
func (d declared) add(s source) {
	names := d[s.dir()]
	if names == nil {
		names = map[string]bool{}
		d[s.dir()] = names
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			names[strings.TrimPrefix(receiver(n)+"."+n.Name.Name, ".")] = true
		case *ast.ValueSpec:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.TypeSpec:
			names[n.Name.Name] = true
			for _, member := range members(n.Type) {
				names[n.Name.Name+"."+member.Name] = true
			}
		}
		return true
	})
}

// members are the fields of a struct, or the methods of an interface.
func members(t ast.Expr) (names []*ast.Ident) {
	var list *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return nil
	}
	for _, f := range list.List {
		names = append(names, f.Names...)
	}
	return names
}

// leads reports whether a link in a file leads to something.
func (d declared) leads(s source, link string) bool {
	if d[s.dir()][link] {
		return true
	}
	pkg, name, qualified := strings.Cut(link, ".")
	if !qualified {
		return false
	}
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		if path.Base(imported) == pkg {
			ours, is := strings.CutPrefix(imported, module)
			return !is || d[ours][name]
		}
	}
	for dir, names := range d {
		if path.Base(dir) == pkg {
			return names[name]
		}
	}
	_, std := comment.DefaultLookupPackage(pkg)
	return std
}

func TestCommentsNameWhatTheyStandAt(t *testing.T) {
	all, names := sources(t), declared{}
	for _, s := range all {
		names.add(s)
	}
	for _, s := range all {
		for _, bad := range misnamed(s) {
			t.Error(bad)
		}
		for _, group := range s.file.Comments {
			for _, m := range links.FindAllStringSubmatch(group.Text(), -1) {
				if !names.leads(s, m[1]) {
					t.Errorf("%s: [%s] leads nowhere", s.pos.Position(group.Pos()), m[1])
				}
			}
		}
	}
}

func TestACommentUnderAnotherNameIsSeen(t *testing.T) {
	for text, bad := range map[string]bool{
		"// f does.\nfunc f() {}": false, "// f's work.\nfunc f() {}": false, "// An f does.\nfunc f() {}": false,
		"// own does.\nfunc f() {}": true, "// It does.\nfunc f() {}": true, "// A work.\nfunc (t) f() {}": true,
		"// T is.\ntype T int": false, "// U is.\ntype T int": true, "type (\n\t// U is.\n\tT int\n)": true,
		"type t struct {\n\t// g is.\n\tf int\n}": true, "type t struct {\n\t// Of use.\n\tf int\n}": false,
		"// a is.\nvar b = 1": true, "// Of use.\nvar b = 1": false, "func f() {}": false,
	} {
		if got := misnamed(parse(t, "internal/x/x.go", "package x\n\n"+text+"\n")); len(got) > 0 != bad {
			t.Errorf("%q: found %q", text, got)
		}
	}
}

func TestALinkThatLeadsNowhereIsSeen(t *testing.T) {
	text := "package x\n\nimport (\n\t\"net/http\"\n\n\t\"" + module + "internal/mfa\"\n)\n\n" +
		"type t struct{ f int }\n\nfunc (*t) g() { _, _ = http.NoBody, mfa.Totp }\n"
	s, names := parse(t, "internal/x/x.go", text), declared{"internal/mfa": {"Kind": true}}
	names.add(s)
	for link, want := range map[string]bool{
		"t": true, "t.f": true, "t.g": true, "t.h": false, "u": false, "g": false, "mfa.Kind": true, "mfa.Sort": false,
		"http.Handler": true, "context.Context": true, "elsewhere.Name": false,
	} {
		if got := names.leads(s, link); got != want {
			t.Errorf("[%s] leads somewhere: %v, want %v", link, got, want)
		}
	}
}
