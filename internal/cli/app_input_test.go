package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func TestASecretIsReadAsItStands(t *testing.T) {
	for text, want := range map[string]string{
		"secret": "secret", "secret\n": "secret", "secret\r\n": "secret", "secret\n\n": "secret\n",
		"secret\r": "secret\r", " secret ": " secret ", "two\nlines\n": "two\nlines",
		"\ufeffsecret\r\n": "secret", "\ufeff\ufeffsecret": "\ufeffsecret", "sec\ufeffret": "sec\ufeffret",
		strings.Repeat("x", maxSecretFile) + "\r\n":            strings.Repeat("x", maxSecretFile),
		"\ufeff" + strings.Repeat("x", maxSecretFile) + "\r\n": strings.Repeat("x", maxSecretFile),
	} {
		a, _, _ := quiet("table", "")
		a.In = strings.NewReader(text)
		got, err := a.read(t.Context(), source{name: "password", stdin: true})
		if err != nil || got.Reveal() != want {
			t.Errorf("%.20q: %.20q, %v", text, got.Reveal(), err)
		}
	}
}

func TestABadSecretFileNamesTheFlag(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		s    source
		in   string
		flag string
	}{
		{source{name: "password", file: filepath.Join(dir, "none")}, "", "--password-file"},
		{source{name: "password", file: dir}, "", "--password-file"},
		{source{name: "code", file: file("empty", "")}, "", "--code-file"},
		{source{name: "code", file: file("newline", "\r\n")}, "", "--code-file"},
		{source{name: "code", file: file("mark", "\ufeff\n")}, "", "--code-file"},
		{source{name: "code", file: file("marked", "\ufeff"+strings.Repeat("x", maxSecretFile+1)+"\r\n")}, "", "--code-file"},
		{source{name: "code", file: file("long", strings.Repeat("x", maxSecretFile+1))}, "", "--code-file"},
		{source{name: "code", stdin: true}, "", "--code-stdin"},
		{source{name: "code", stdin: true, file: "x"}, "1", "--code-file"},
	} {
		a, _, _ := quiet("table", "")
		a.In = strings.NewReader(c.in)
		_, err := a.read(t.Context(), c.s)
		if e := told(err); e.Code != mfa.Usage || e.Field != c.flag {
			t.Errorf("%+v: %v", c.s, err)
		}
	}
}

// A pipe that nobody writes to does not keep a signal from ending the command.
func TestASignalEndsReadingASecret(t *testing.T) {
	in, out := io.Pipe()
	defer out.Close() //nolint:errcheck // nothing was written
	a, _, _ := quiet("table", "")
	a.In = in
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(term.Interrupted{Signal: syscall.SIGTERM}) })
	_, err := a.read(ctx, source{name: "password", stdin: true})
	if _, is := errors.AsType[term.Interrupted](err); !is || a.fail(nil, err) != 143 {
		t.Errorf("%v", err)
	}
}

func TestACodeIsForgivenItsBlanks(t *testing.T) {
	for text, want := range map[string]string{
		"492 039": "492039", "492-039\n": "492039", "7k3f-9qxm-2vtp-hb4d": "7K3F-9QXM-2VTP-HB4D",
	} {
		a, _, _ := quiet("table", "")
		a.In = strings.NewReader(text)
		got, err := a.code(t.Context(), source{name: "code", stdin: true}, "Code")
		if plain := strings.ReplaceAll(strings.ToUpper(got.Reveal()), "-", ""); err != nil || plain != strings.ReplaceAll(want, "-", "") {
			t.Errorf("%q: %q, %v", text, got.Reveal(), err)
		}
	}
}
