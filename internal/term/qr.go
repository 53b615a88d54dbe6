package term

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// QRMode says how a QR code is shown: one of the names below, or the name of a
// file that ends in .png or .svg.
type QRMode string

// The ways to draw in the terminal.
const (
	QRAuto QRMode = "auto" // half blocks, or full ones where the locale is not UTF-8; none if they do not fit
	QRHalf QRMode = "half"
	QRFull QRMode = "full"
	QRNone QRMode = "none"
)

// Known reports whether a mode given by a user means anything.
func (m QRMode) Known() bool {
	return m == QRAuto || m == QRHalf || m == QRFull || m == QRNone || m.File() != ""
}

// File returns the file that a mode names, or "".
func (m QRMode) File() string {
	switch strings.ToLower(filepath.Ext(string(m))) {
	case ".png", ".svg":
		return string(m)
	}
	return ""
}

// Why there is no picture.
var (
	// ErrQRTooLong says that no QR code holds so much text (2,953 bytes at level L).
	ErrQRTooLong = errors.New("the text is too long for a QR code")
	// ErrQRNoFit says that the terminal is too small or cannot draw it. The key
	// is typed instead.
	ErrQRNoFit = errors.New("the QR code does not fit this terminal")
)

// Picture is a drawn QR code. Its lines hold the escapes of its own colors,
// which is why only this package makes one.
type Picture struct {
	lines         []string
	Width, Height int // in cells
}

// Empty reports whether there is nothing to show.
func (p Picture) Empty() bool { return p.Height == 0 }

// Lines returns the picture line by line, ready for a terminal.
func (p Picture) Lines() []string { return p.lines }

// QR draws a text for this terminal. The picture is empty for QRNone, for a
// file, and where only plain lines may be written. It comes with ErrQRNoFit if
// it would not fit, a line for the prompt counted.
func (t *Terminal) QR(text string, mode QRMode) (Picture, error) {
	if mode == QRNone || mode.File() != "" || t.Accessible() {
		return Picture{}, nil
	}
	if mode == QRAuto && t.UTF8() {
		mode = QRHalf
	}
	p, err := drawQR(text, mode == QRHalf, t.palette())
	if err != nil {
		return Picture{}, err
	}
	cols, rows := t.Size()
	if p.Width > cols || p.Height >= rows {
		return Picture{}, fmt.Errorf("%w: it takes %d by %d, there is %d by %d",
			ErrQRNoFit, p.Width, p.Height+1, cols, rows)
	}
	return p, nil
}

// ink is how to switch to dark and to light in one terminal's colors.
type ink struct{ darkOnLight, dark, light string }

// palette chooses the fixed black and white of the 256 colors, which themes
// leave alone, where the terminal has them. NO_COLOR does not apply: without
// both colors a code drawn on a dark theme does not scan.
func (t *Terminal) palette() ink {
	name := t.termName()
	for _, rich := range []string{"256", "direct", "kitty", "alacritty", "ghostty", "foot", "wezterm"} {
		if strings.Contains(name, rich) || t.env("COLORTERM") != "" {
			return ink{"\x1b[38;5;16;48;5;231m", "\x1b[48;5;16m", "\x1b[48;5;231m"}
		}
	}
	return ink{"\x1b[30;47m", "\x1b[40m", "\x1b[47m"}
}

// encode makes the code at level L, whose few modules fit a terminal. A screen
// is not a crumpled label: it needs no more correction.
func encode(text string) (*qr.Code, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes", ErrQRTooLong, len(text))
	}
	return code, nil
}

// drawQR draws with a quiet zone of two modules. Half blocks put dark glyphs on a
// light ground, so that the bare text, copied, is the same picture; two spaces
// on a colored ground do without any glyph.
func drawQR(text string, half bool, c ink) (Picture, error) {
	code, err := encode(text) // the library panics on a text that is too long
	if err != nil {
		return Picture{}, err
	}
	var b bytes.Buffer // the library writes each cell on its own
	config := qrterminal.Config{
		Level: qr.L, Writer: &b, QuietZone: 2, HalfBlocks: half,
		BlackChar: "#", WhiteChar: ".",
	}
	if half {
		config.BlackChar, config.WhiteChar = "█", " "
		config.BlackWhiteChar, config.WhiteBlackChar = "▀", "▄"
	}
	qrterminal.GenerateWithConfig(text, config)
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	p := Picture{lines: lines, Height: len(lines), Width: code.Size + 4}
	if half { // the library leaves the lower half of the last line dark
		lines[p.Height-1] = strings.Repeat(" ", p.Width)
	} else {
		p.Width *= 2
	}
	for i, line := range lines {
		text := c.darkOnLight + line
		if !half {
			text = fullBlocks(line, c)
		}
		lines[i] = text + "\x1b[0m"
	}
	return p, nil
}

// fullBlocks turns # and . into two spaces each, one escape a run.
func fullBlocks(line string, c ink) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		n := 1
		for i+n < len(line) && line[i+n] == line[i] {
			n++
		}
		if line[i] == '#' {
			b.WriteString(c.dark)
		} else {
			b.WriteString(c.light)
		}
		b.WriteString(strings.Repeat("  ", n))
		i += n
	}
	return b.String()
}

// fileQuiet is the quiet zone of a code in a file, in modules, as ISO 18004
// asks for; paper and viewers have the room that a terminal has not.
const fileQuiet = 4

// EncodeQR draws a text as a QR code into an image file's bytes: SVG if the name
// ends so, else PNG. ErrQRTooLong if no code holds it.
func EncodeQR(name, text string) ([]byte, error) {
	code, err := encode(text)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(strings.ToLower(name), ".svg") {
		return svg(code), nil
	}
	return code.PNG(), nil // draws the quiet zone of four itself
}

// svg draws a code as rectangles, one for each run of dark modules.
func svg(code *qr.Code) []byte {
	size := code.Size + 2*fileQuiet
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges">`+"\n",
		size, size, 8*size, 8*size)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", size, size)
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="1"/>`+"\n", from+fileQuiet, y+fileQuiet, x-from)
			}
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
