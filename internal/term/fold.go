package term

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
)

// foldIndent stands before what a row has under it.
const foldIndent = "    "

// Layout lays a table out for Out: in a pipe as it is; on a terminal with its
// header in bold, and where that is too narrow, the columns that have no room
// stand under their row, each value with its name, but for the empty ones.
func (t *Terminal) Layout(tab Table) string {
	if !t.OutIsTerminal() {
		return tab.String()
	}
	cols, _ := t.Size()
	return tab.fold(cols, func(header string) string { return t.paint(Strong, header) })
}

// fold is the table in so many cells a line, where a single value has room.
func (tab Table) fold(cols int, header func(string) string) string {
	all := tab.cells()
	widths := columnWidths(all)
	kept := fitting(widths, cols)
	if kept == len(widths) || len(tab.Header) < len(widths) {
		return tab.format(header)
	}
	var b strings.Builder
	for i, row := range all {
		line := tab.line(row[:min(kept, len(row))], widths)
		if i == 0 {
			b.WriteString(header(line) + "\n")
			continue
		}
		b.WriteString(line + "\n" + under(all[0], row, kept, cols))
	}
	return b.String()
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
