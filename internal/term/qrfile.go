package term

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

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
