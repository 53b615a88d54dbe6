package host_test

import (
	"io"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/cli"
	"github.com/mfactl/mfactl/internal/cli/host"
)

// A remedy that is a command is one that there is.
func TestEveryRemedyCanBeTyped(t *testing.T) {
	for _, text := range append(host.Remedies(), "mfactl store migrate", "mfactl admin sessions revoke a@b") {
		_, command, ok := strings.Cut(text, "mfactl ")
		if !ok {
			continue
		}
		if page, is := strings.CutPrefix(command, "help "); is {
			root := cli.Commands()
			root.SetArgs([]string{"help", page})
			root.SetOut(io.Discard)
			if err := root.Execute(); err != nil {
				t.Errorf("%q is no page (%v)", text, err)
			}
			continue
		}
		if found, _, err := cli.Commands().Find(strings.Fields(command)); err != nil || found.HasSubCommands() {
			t.Errorf("%q is no command (%v)", text, err)
		}
	}
}
