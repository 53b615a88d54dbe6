package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// root is the directory of go.mod.
const root = "../../.."

func TestTheCheckedInFilesAreUpToDate(t *testing.T) {
	methods, err := readService(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	want, err := files(methods)
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

// Command gen compiles only with the files that this command writes.
func TestGoGenerateRunsThisCommandFirst(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "cmd", "mfactl", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	this := bytes.Index(text, []byte("//go:generate go run github.com/mfactl/mfactl/internal/gen/wire ../..\n"))
	gen := bytes.Index(text, []byte("//go:generate go run github.com/mfactl/mfactl/internal/gen\n"))
	if this < 0 || gen < this {
		t.Errorf("the directive for wire is at %d, the one for gen at %d", this, gen)
	}
}

// service returns a tree in which Service has these lines. Asked and Answered are structs.
func service(lines string) fstest.MapFS {
	return fstest.MapFS{
		"internal/mfa/service.go": {Data: []byte("package mfa\n\nimport \"context\"\n\ntype Service interface {\n" + lines + "\n}\n")},
		"internal/mfa/other.go": {Data: []byte("package mfa\n\ntype Asked struct{}\n\ntype Answered struct{}\n\ntype asked struct{}\n\ntype Word string\n\n" +
			"type Others interface {\n\tList(ctx context.Context, r Asked) (out Answered, err error)\n}\n")},
		"internal/mfa/other_test.go": {Data: []byte("package mfa\n\ntype Asked string\n")},
	}
}

func TestEveryMethodIsWritten(t *testing.T) {
	methods, err := readService(service("\tShow(context.Context, Asked) (Answered, error)\n\tOthers"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := files(methods)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"\n// List implements [mfa.Service].\nfunc (c *Client) List(ctx context.Context, r mfa.Asked) (mfa.Answered, error) {\n\treturn call[mfa.Answered](ctx, c, \"List\", r)\n}\n",
		"{\n\t\troute(\"Show\", mfa.Service.Show),\n\n\t\troute(\"List\", mfa.Service.List),\n\t}\n",
	} {
		if !strings.Contains(string(got[i].text), want) {
			t.Errorf("%q is missing in %s:\n%s", want, got[i].path, got[i].text)
		}
		if !strings.HasPrefix(string(got[i].text), "// Code generated ") {
			t.Errorf("%s does not say that it is generated", got[i].path)
		}
	}
}

func TestAMethodThatIsNotOneRequestAndOneReplyIsAnError(t *testing.T) {
	form := "must take one request and return one reply: NAME(context.Context, REQUEST) (REPLY, error)"
	for lines, want := range map[string]string{
		"Show(Asked) (Answered, error)":                           form,
		"Show(context.Context) (Answered, error)":                 form,
		"Show(context.Context, Asked) error":                      form,
		"Show(context.Context, Asked)":                            form,
		"Show(context.Context, Asked) (Answered, bool)":           form,
		"Show(context.Context, Asked, Asked) (Answered, error)":   form,
		"Show(ctx context.Context, a, b Asked) (Answered, error)": form,
		"Show(context.Context, ...Asked) (Answered, error)":       form,
		"Show(context.Context, *Asked) (Answered, error)":         form,
		"Show(context.Context, asked) (Answered, error)":          form,
		"Show(context.Context, Word) (Answered, error)":           form,
		"Show(context.Context, Asked) (string, error)":            form,
		"Show(context.Context, Missing) (Answered, error)":        form,
		"show(context.Context, Asked) (Answered, error)":          form,
		"List(context.Context, Asked) (Answered, error)\nOthers":  "Service has List twice",
		"Others\nOthers":  "Service has Others twice",
		"Service":         "Service has Service twice",
		"Missing":         "Service embeds Missing: Missing is not an interface",
		"Asked":           "Service embeds Asked: Asked is not an interface",
		"context.Context": "Service embeds a type that internal/mfa does not declare",
	} {
		methods, err := readService(service(lines))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "internal/mfa/") {
			t.Errorf("%q: %d methods, %v", lines, len(methods), err)
		}
	}
	if _, err := readService(fstest.MapFS{}); err == nil {
		t.Error("a tree without Service is not an error")
	}
}
