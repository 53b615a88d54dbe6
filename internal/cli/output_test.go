package cli_test

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// failing is an output that takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Help and completion scripts are output too.
func TestHelpThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"completion", "bash"}, {"help", "exit-codes"}, {"version"}} {
		a := &program{In: strings.NewReader(""), Out: failing{syscall.ENOSPC}, Err: &bytes.Buffer{}, Env: func(string) string { return "" }, Clock: time.Now}
		if status := run(a, args...); status != 1 {
			t.Errorf("%s: exit %d", args, status)
		}
	}
}

// A reader that has gone ends the program as SIGPIPE would.
func TestAReaderThatHasGoneIsNoError(t *testing.T) {
	var talk strings.Builder
	d := newDesk(t).at(answering(t, func(question) any { return mfa.TwoFactor{} }))
	a := d.app()
	a.Out, a.Err = failing{syscall.EPIPE}, &talk
	if status := run(a, "2fa", "list"); status != 128+13 || talk.Len() > 0 {
		t.Errorf("exit %d: %s", status, talk.String())
	}
}
