package term

import (
	"io"
	"math"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Table is a list for people: a header and rows. Cells are sanitized, columns
// are parted by two spaces and aligned by what a terminal shows of them (wide
// characters count two). Nothing is ever cut, which is why this is not
// lipgloss/table: that one sizes, and cuts, for a screen.
type Table struct {
	Header []string
	Rows   [][]string
}

const (
	// columnGap parts columns.
	columnGap = "  "
	// foldIndent stands before what a row has under it.
	foldIndent = "    "
)

// Layout lays a table out for Out: in a pipe as it is; on a terminal with its
// header in bold, and where that is too narrow, the columns that have no room
// stand under their row, each value with its name, but for the empty ones.
func (t *Terminal) Layout(tab Table) string {
	if !t.OutIsTerminal() {
		return tab.String()
	}
	cols, _ := t.Size()
	return tab.fold(cols, t.bold)
}

// String returns the table, plain.
func (tab Table) String() string {
	return tab.fold(math.MaxInt, func(header string) string { return header })
}

// fold is the table in so many cells a line, where a single value has room. A table
// that has no name for a column is not folded.
func (tab Table) fold(cols int, style func(header string) string) string {
	all := tab.cells()
	widths := columnWidths(all)
	kept := len(widths)
	if len(tab.Header) == kept {
		kept = fitting(widths, cols)
	}
	var b strings.Builder
	for i, row := range all {
		text := line(row[:min(kept, len(row))], widths)
		if i == 0 && len(tab.Header) > 0 {
			b.WriteString(style(text) + "\n")
			continue
		}
		b.WriteString(text + "\n" + under(all[0], row, kept, cols))
	}
	return b.String()
}

// cells are the header, if there is one, and the rows, sanitized.
func (tab Table) cells() (rows [][]string) {
	if len(tab.Header) > 0 {
		rows = append(rows, cleaned(tab.Header))
	}
	for _, row := range tab.Rows {
		rows = append(rows, cleaned(row))
	}
	return rows
}

func cleaned(row []string) []string {
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = Clean(cell)
	}
	return cells
}

func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	return widths
}

// line joins the cells of one row. No line ends in blanks.
func line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(columnGap)
		}
		b.WriteString(cell + strings.Repeat(" ", widths[i]-lipgloss.Width(cell)))
	}
	return strings.TrimRight(b.String(), " ")
}

// fitting counts the columns that have room beside each other, at least one.
func fitting(widths []int, cols int) int {
	room := cols
	for i, width := range widths {
		if room -= width; room < 0 && i > 0 {
			return i
		}
		room -= len(columnGap)
	}
	return len(widths)
}

// under writes what of a row had no room, as many values a line as have.
func under(names, row []string, from, cols int) string {
	var b strings.Builder
	room := 0
	for i := from; i < len(row); i++ {
		if row[i] == "" {
			continue
		}
		text := strings.ToLower(names[i]) + ": " + row[i]
		width := lipgloss.Width(text)
		if room -= len(columnGap) + width; room >= 0 {
			b.WriteString(columnGap + text)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(foldIndent + text)
		room = cols - len(foldIndent) - width
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}

// bold makes one line of text that has been sanitized already stand out. NO_COLOR
// (no-color.org) and TERM alone decide about that. The renderer is given its
// profile and background, because one that is not told asks the terminal.
func (t *Terminal) bold(text string) string {
	if t.env("NO_COLOR") != "" || slices.Contains([]string{"", "dumb", "unknown"}, t.termName()) {
		return text
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	r.SetHasDarkBackground(true)
	return r.NewStyle().Bold(true).Inline(true).Render(text)
}
