package term

import (
	"errors"
	"strings"

	"github.com/mdp/qrterminal/v3"
	"rsc.io/qr"
)

// QRMode says how a QR code is drawn. A name that ends in .png or .svg is a
// file.
type QRMode string

// The modes.
const (
	QRAuto QRMode = "auto" // half blocks where they can be shown, else full ones, else none
	QRHalf QRMode = "half"
	QRFull QRMode = "full"
	QRNone QRMode = "none"
)

// IsFile reports that the code is to be written to a file.
func (m QRMode) IsFile() bool {
	return strings.HasSuffix(string(m), ".png") || strings.HasSuffix(string(m), ".svg")
}

// Known reports whether there is such a mode.
func (m QRMode) Known() bool {
	return m == QRAuto || m == QRHalf || m == QRFull || m == QRNone || m.IsFile()
}

// quiet is the light border in modules. Two suffice on a screen; the standard's
// four would not leave room for anything else on 80x24.
const quiet = 2

// ErrQRTooLong says that no QR code holds the text.
var ErrQRTooLong = errors.New("the text is too long for a QR code")

// Picture is a QR code as lines of a terminal.
type Picture struct {
	Lines  []string
	Width  int // columns
	Height int // rows
}

// Colours are absolute, black 16 and white 231 of the 256, so that a theme
// cannot turn them; a code in the terminal's own colours does not scan on a
// light theme.
const (
	black = "16"
	white = "231"
	reset = "\x1b[0m"
)

func ink(fore, back, s string) string { return "\x1b[38;5;" + fore + ";48;5;" + back + "m" + s }

// Draw draws a text as a QR code, level L. ErrQRTooLong if it does not fit one.
func Draw(text string, half bool) (Picture, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return Picture{}, ErrQRTooLong
	}
	var b strings.Builder
	c := qrterminal.Config{
		Level: qr.L, Writer: &b, QuietZone: quiet, HalfBlocks: half,
		BlackChar: ink(black, black, "  "), WhiteChar: ink(white, white, "  "),
	}
	width := 2 * (code.Size + 2*quiet)
	if half {
		width /= 2
		c.BlackChar, c.WhiteChar = ink(black, black, " "), ink(white, white, " ")
		c.BlackWhiteChar, c.WhiteBlackChar = ink(black, white, "▀"), ink(white, black, "▀")
	}
	qrterminal.GenerateWithConfig(text, c)
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] += reset
	}
	return Picture{Lines: lines, Width: width, Height: len(lines)}, nil
}

// Picture draws a text in a mode if it fits the terminal with so many lines
// below and so many columns beside it; ok is false where there is to be none.
func (t *Terminal) Picture(text string, mode QRMode, below, beside int) (p Picture, ok bool, err error) {
	if mode == QRNone || mode.IsFile() {
		return p, false, nil
	}
	if _, err := qr.Encode(text, qr.L); err != nil {
		return p, false, ErrQRTooLong
	}
	if mode == QRAuto && t.Accessible() {
		return p, false, nil
	}
	cols, rows := t.Size()
	for _, half := range []bool{true, false} {
		switch {
		case half && (mode == QRFull || mode == QRAuto && !t.UTF8()):
			continue
		case !half && mode == QRHalf:
			continue
		}
		p, err := Draw(text, half)
		if err != nil {
			return p, false, err
		}
		if mode != QRAuto || p.Height+below <= rows && p.Width+beside <= cols {
			return p, true, nil
		}
	}
	return Picture{}, false, nil
}

// Beside puts a text to the right of a picture, from its top.
func (p Picture) Beside(text []string) string {
	var b strings.Builder
	for i, line := range p.Lines {
		b.WriteString(line)
		if i < len(text) && text[i] != "" {
			b.WriteString("  " + text[i])
		}
		b.WriteString("\n")
	}
	return b.String()
}
