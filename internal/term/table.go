package term

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Table is rows under a header, aligned also in a pipe and never cut.
type Table struct {
	Header []string
	Rows   [][]string
}

// String lays the table out. Cells are cleaned; wide characters count as two.
func (t Table) String() string { return t.render(lipgloss.NewStyle()) }

// Table lays a table out for where results go: a terminal gets a bold header.
func (t *Terminal) Table(table Table) string {
	if !t.OutIsTerminal() || t.env("NO_COLOR") != "" || t.Accessible() {
		return table.String()
	}
	r := lipgloss.NewRenderer(t.Out)
	r.SetColorProfile(termenv.ANSI) // said, so that the terminal is not asked
	r.SetHasDarkBackground(true)
	return table.render(r.NewStyle().Bold(true))
}

func (t Table) render(header lipgloss.Style) string {
	widths := make([]int, len(t.Header))
	rows := append([][]string{t.Header}, t.Rows...)
	for i, row := range rows {
		clean := make([]string, len(row))
		for j, cell := range row {
			clean[j] = Clean(cell)
			widths[j] = max(widths[j], lipgloss.Width(clean[j]))
		}
		rows[i] = clean
	}
	var b strings.Builder
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-lipgloss.Width(cell)+2))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if i == 0 {
			text = header.Render(text)
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
