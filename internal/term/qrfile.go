package term

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// border is the light border of a code in a file, in modules, as the standard
// has it (ISO/IEC 18004).
const border = 4

// QRFile draws a text as a picture file: SVG if the name ends so, else PNG.
func QRFile(name, text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, ErrQRTooLong
	}
	if !strings.HasSuffix(name, ".svg") {
		code.Scale = 8
		return code.PNG(), nil
	}
	side := code.Size + 2*border
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path d="`, side, side)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+border, y+border)
			}
		}
	}
	b.WriteString(`" fill="#000"/></svg>` + "\n")
	return []byte(b.String()), nil
}
