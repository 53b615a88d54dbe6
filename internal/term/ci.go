package term

import (
	"io"
	"strings"
)

// CI says whose job this is: "github" (Actions), "gitlab", or "" for a place
// that is neither. GitLab has no way to mask a value from within a job, so
// callers refuse to print secrets there.
func (t *Terminal) CI() string {
	switch {
	case isSet(t.env("GITHUB_ACTIONS")):
		return "github"
	case isSet(t.env("GITLAB_CI")):
		return "gitlab"
	}
	return ""
}

// Masks tells GitHub Actions to hide values in its log, one command line a
// value; elsewhere it does nothing. It writes to Out and must be called before
// a secret is printed there: a mask on another stream could arrive after it.
func (t *Terminal) Masks(values ...string) error {
	if t.CI() != "github" {
		return nil
	}
	var b strings.Builder
	for _, value := range values {
		// The runner masks line by line, and reads % CR LF escaped.
		for line := range strings.Lines(value) {
			line = strings.TrimRight(line, "\r\n")
			if strings.TrimSpace(line) == "" {
				continue // an empty mask would be refused with a warning
			}
			b.WriteString("::add-mask::" + strings.NewReplacer("%", "%25", "\r", "%0D").Replace(line) + "\n")
		}
	}
	_, err := io.WriteString(t, b.String())
	return err
}
