package term

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Style is how a text is meant. Styles decorate; what they say is said in
// words too, because color is not seen by everybody nor on every terminal.
type Style int

// The styles there are.
const (
	Plain Style = iota
	Strong
	Faint
	Good
	Warning
	Bad
)

// paint wears a style over text that has been sanitized already. NO_COLOR
// (no-color.org) and TERM alone decide about color. The renderer is given its
// profile and background, because one that is not told asks the terminal.
func (t *Terminal) paint(style Style, text string) string {
	if style == Plain || isColorless(t.env("NO_COLOR"), t.termName()) {
		return text
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true)
	look := map[Style]lipgloss.Style{
		Strong:  r.NewStyle().Bold(true),
		Faint:   r.NewStyle().Faint(true),
		Good:    r.NewStyle().Foreground(lipgloss.Color("2")),
		Warning: r.NewStyle().Foreground(lipgloss.Color("3")),
		Bad:     r.NewStyle().Foreground(lipgloss.Color("1")).Bold(true),
	}[style].Inline(true)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = look.Render(line)
	}
	return strings.Join(lines, "\n")
}

func isColorless(noColor, term string) bool {
	return noColor != "" || term == "" || term == "dumb" || term == "unknown"
}
