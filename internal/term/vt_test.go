package term

import (
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/lipgloss"
)

// vt is as much of a terminal as the package makes use of: a grid of cells,
// cursor addressing, erasing a line, colors, and a theme that the program
// cannot see. What it does not know fails the test.
type vt struct {
	t          *testing.T
	cols, rows int
	cells      [][]cell
	row, col   int
	fg, bg     color.Gray
	theme      struct{ fg, bg color.Gray }
	scrolled   int
	wrapped    int
}

type cell struct {
	r      rune
	fg, bg color.Gray
}

var escapeSequence = regexp.MustCompile(`^\x1b\[([?0-9;]*)([A-Za-z])`)

func newVT(t *testing.T, cols, rows int, dark bool) *vt {
	v := &vt{t: t, cols: cols, rows: rows}
	v.theme.fg, v.theme.bg = color.Gray{Y: 0x20}, color.Gray{Y: 0xf8}
	if dark {
		v.theme.fg, v.theme.bg = v.theme.bg, v.theme.fg
	}
	v.fg, v.bg = v.theme.fg, v.theme.bg
	for range rows {
		v.cells = append(v.cells, v.blank())
	}
	return v
}

func (v *vt) blank() []cell {
	line := make([]cell, v.cols)
	for i := range line {
		line[i] = cell{' ', v.fg, v.bg}
	}
	return line
}

// write shows a program's output, with the line discipline's CR before LF.
func (v *vt) write(text string) {
	v.t.Helper()
	for text != "" {
		if m := escapeSequence.FindStringSubmatch(text); m != nil {
			v.escape(m[1], m[2])
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		text = strings.TrimPrefix(text, string(r))
		switch r {
		case '\r':
			v.col = 0
		case '\n':
			v.row, v.col = v.row+1, 0
		case '\x1b':
			v.t.Fatalf("unknown escape before %q", text[:min(len(text), 20)])
		default:
			v.put(r)
		}
		if v.row == v.rows {
			v.cells, v.row = append(v.cells[1:], v.blank()), v.rows-1
			v.scrolled++
		}
	}
}

func (v *vt) put(r rune) {
	if v.col == v.cols {
		v.row, v.col = v.row+1, 0
		v.wrapped++
		if v.row == v.rows {
			v.t.Fatal("the text runs over the last line")
		}
	}
	v.cells[v.row][v.col] = cell{r, v.fg, v.bg}
	v.col += lipgloss.Width(string(r))
}

func (v *vt) escape(args, final string) {
	v.t.Helper()
	var n []int
	for arg := range strings.SplitSeq(args, ";") {
		i, _ := strconv.Atoi(arg)
		n = append(n, i)
	}
	switch {
	case final == "H" && args == "":
		v.row, v.col = 0, 0
	case final == "H" && len(n) == 2:
		v.row, v.col = n[0]-1, n[1]-1
	case final == "K" && args == "2":
		v.cells[v.row] = v.blank()
	case args == "?1049" && (final == "h" || final == "l"):
	case final == "m":
		v.color(n)
	default:
		v.t.Fatalf("unknown escape ESC [ %s %s", args, final)
	}
}

func (v *vt) color(n []int) {
	v.t.Helper()
	fixed := map[int]color.Gray{16: {Y: 0}, 231: {Y: 255}}
	for i := 0; i < len(n); i++ {
		switch {
		case n[i] == 0:
			v.fg, v.bg = v.theme.fg, v.theme.bg
		case n[i] == 1:
		case n[i] == 30:
			v.fg = color.Gray{Y: 0x18}
		case n[i] == 40:
			v.bg = color.Gray{Y: 0x18}
		case n[i] == 47:
			v.bg = color.Gray{Y: 0xc0}
		case n[i] == 38 && n[i+1] == 5:
			v.fg = fixed[n[i+2]]
			i += 2
		case n[i] == 48 && n[i+1] == 5:
			v.bg = fixed[n[i+2]]
			i += 2
		default:
			v.t.Fatalf("unknown color %v", n)
		}
	}
}

// picture photographs the terminal: cells of 4 by 8 pixels.
func (v *vt) picture() image.Image {
	const w, h = 4, 8
	img := image.NewGray(image.Rect(0, 0, v.cols*w, v.rows*h))
	for row, line := range v.cells {
		for col, c := range line {
			for y := range h {
				ink := c.bg
				switch {
				case c.r == '█', c.r == '▀' && y < h/2, c.r == '▄' && y >= h/2:
					ink = c.fg
				case c.r > ' ' && c.r < 0x7f && y%3 == 1: // some letter
					ink = c.fg
				}
				for x := range w {
					img.SetGray(col*w+x, row*h+y, ink)
				}
			}
		}
	}
	return img
}
