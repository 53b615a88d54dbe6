package term

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// Table is a list for people: a header and rows. Cells are sanitized, columns
// are parted by two spaces and aligned by what a terminal shows of them (wide
// characters count two). Nothing is ever cut, which is why this is not
// lipgloss/table: that one sizes, and cuts, for a screen.
type Table struct {
	Header []string
	Rows   [][]string
	Right  []bool // columns to align on the right: numbers
}

// columnGap parts columns.
const columnGap = "  "

// String returns the table, plain.
func (tab Table) String() string {
	return tab.format(func(header string) string { return header })
}

func (tab Table) format(header func(string) string) string {
	rows := tab.cells()
	widths := columnWidths(rows)
	var b strings.Builder
	for i, row := range rows {
		line := tab.line(row, widths)
		if i == 0 && len(tab.Header) > 0 {
			line = header(line)
		}
		b.WriteString(line + "\n")
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
func (tab Table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(columnGap)
		}
		pad := strings.Repeat(" ", widths[i]-lipgloss.Width(cell))
		if i < len(tab.Right) && tab.Right[i] {
			b.WriteString(pad + cell)
		} else {
			b.WriteString(cell + pad)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
