package term

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
)

const (
	// gap is the space between a picture and the text beside it.
	gap = 2
	// besideRoom is the least width worth using beside a picture: "Code from
	// the app: " and six digits.
	besideRoom = 28
	// promptRoom is the height kept for a question with three tries and what
	// is said between them.
	promptRoom = 6
)

// layout is a picture with its text: whole lines, and where to go on.
type layout struct {
	lines []string
	left  int // column of what follows, from 0
	next  int // line of what follows, from 0
}

// arrange lays out a picture and the text that belongs to it in a terminal of
// cols by rows: the text under the picture, or to its right where height is
// short. Room is kept for a question after the text. It reports false if
// neither fits. The text is sanitized.
func arrange(p Picture, text []string, cols, rows int) (layout, bool) {
	under := wrap(text, cols)
	if height := p.Height + len(under); p.Width <= cols && (p.Empty() || height+promptRoom <= rows) {
		return layout{append(append([]string{}, p.lines...), under...), 0, height}, true
	}
	room := cols - p.Width - gap
	if room < besideRoom || p.Height >= rows {
		return layout{}, false
	}
	right := wrap(text, room)
	if len(right)+promptRoom > p.Height {
		return layout{}, false
	}
	l := layout{left: p.Width + gap, next: len(right)}
	for i, line := range p.lines {
		if i < len(right) && right[i] != "" {
			line += strings.Repeat(" ", gap) + right[i]
		}
		l.lines = append(l.lines, line)
	}
	return l, true
}

// wrap sanitizes lines and breaks them, at blanks if possible, to a width.
func wrap(text []string, width int) []string {
	var lines []string
	for _, line := range text {
		line = Clean(line)
		if lipgloss.Width(line) > width {
			line = lipgloss.NewRenderer(io.Discard).NewStyle().Width(width).Render(line)
		}
		for part := range strings.SplitSeq(line, "\n") {
			lines = append(lines, strings.TrimRight(part, " "))
		}
	}
	return lines
}
