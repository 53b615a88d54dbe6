package cli

import (
	"strings"

	"github.com/mfactl/mfactl/internal/mfa"
)

// hint is a remedy as it can be typed: a command of ours goes to the place that this
// call was sent to by flags, and not to the one where the next would go without them.
func (a *App) hint(text string) string {
	rest, ours := strings.CutPrefix(text, "mfactl ")
	command, _, _ := strings.Cut(rest, " ")
	if !ours || command == "context" || command == "help" || command == "version" || strings.HasSuffix(text, " --help") {
		return text
	}
	return "mfactl " + placeFlags(a) + rest
}

// placeFlags are the flags that named the place, each with a blank behind it. None where
// a URL may hold a password: it is not written once more.
func placeFlags(a *App) string {
	var b strings.Builder
	for _, f := range [][2]string{
		{"--context", a.flags.context}, {"--server", a.flags.server}, {"--ca-file", a.flags.caFile}, {"--store", a.flags.store},
	} {
		switch name, value := f[0], f[1]; {
		case strings.Contains(value, "://") && strings.Contains(value, "@"):
			return ""
		case value != "":
			b.WriteString(name + " " + mfa.ShellWord(value) + " ")
		}
	}
	return b.String()
}
