package term

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// uri is the longest that 80 by 24 must hold: 134 bytes.
var uri = "otpauth://totp/Acme:alice.longname@acme.example?issuer=Acme&secret=" + strings.Repeat("JBSWY3DPEHPK3PXP", 2) + "&algorithm=SHA512&digits=8&period=6"

// theme is what a terminal draws with where nothing says otherwise.
type theme struct{ back, fore color.Gray }

var themes = map[string]theme{
	"dark":  {color.Gray{0x1e}, color.Gray{0xdd}},
	"light": {color.Gray{0xfd}, color.Gray{0x22}},
}

// cell is the size of a character in pixels; half of the height is a module.
const cellW, cellH = 8, 16

// drawn plays a terminal: it draws lines with their escapes onto a theme's
// background.
func drawn(t *testing.T, lines []string, th theme) image.Image {
	t.Helper()
	const margin = 5
	cols := 0
	for _, l := range lines {
		cols = max(cols, len([]rune(sgr.ReplaceAllString(l, ""))))
	}
	img := image.NewGray(image.Rect(0, 0, (cols+2*margin)*cellW, (len(lines)+2*margin)*cellH))
	draw.Draw(img, img.Bounds(), image.NewUniform(th.back), image.Point{}, draw.Src)
	fill := func(x, y, h int, c color.Gray) {
		draw.Draw(img, image.Rect(x, y, x+cellW, y+h), image.NewUniform(c), image.Point{}, draw.Src)
	}
	for row, l := range lines {
		fore, back, x, y := th.fore, th.back, margin*cellW, (row+margin)*cellH
		for l != "" {
			if at := sgr.FindStringSubmatchIndex(l); at != nil && at[0] == 0 {
				fore, back = colours(t, l[at[2]:at[3]], fore, back, th)
				l = l[at[1]:]
				continue
			}
			r := []rune(l)[0]
			l = l[len(string(r)):]
			switch r {
			case ' ':
				fill(x, y, cellH, back)
			case '▀':
				fill(x, y, cellH/2, fore)
				fill(x, y+cellH/2, cellH/2, back)
			default:
				t.Fatalf("the picture holds %q", r)
			}
			x += cellW
		}
	}
	return img
}

var sgr = regexp.MustCompile(`\x1b\[([0-9;]*)m`)

func colours(t *testing.T, parameters string, fore, back color.Gray, th theme) (color.Gray, color.Gray) {
	t.Helper()
	if parameters == "0" {
		return th.fore, th.back
	}
	shade := map[string]color.Gray{"16": {0}, "231": {255}}
	p := strings.Split(parameters, ";")
	for ; len(p) >= 3; p = p[3:] {
		c, ok := shade[p[2]]
		if !ok || p[1] != "5" {
			t.Fatalf("the picture uses colours %s", parameters)
		}
		if p[0] == "38" {
			fore = c
		} else {
			back = c
		}
	}
	return fore, back
}

// readers decode a picture, each apart from the other and from what drew it.
func readers(t *testing.T, img image.Image) map[string]string {
	t.Helper()
	out := map[string]string{}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		out["gozxing"] = err.Error()
	} else {
		out["gozxing"] = result.GetText()
	}
	if _, err := exec.LookPath("zbarimg"); err == nil {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "qr.png")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.CommandContext(t.Context(), "zbarimg", "-q", "--raw", path).Output()
		out["zbar"] = strings.TrimSpace(string(text))
		if err != nil {
			out["zbar"] = err.Error()
		}
	}
	return out
}

func TestAQRCodeScansOnLightAndDarkThemes(t *testing.T) {
	if len(uri) != 134 {
		t.Fatalf("the URI has %d bytes", len(uri))
	}
	for _, text := range []string{uri, "otpauth://totp/Acme:bob@acme.example?issuer=Acme&secret=JXBPZASARNPFC2TSQCVDBOM4IGCH25GT", strings.Repeat("x", 400)} {
		for _, half := range []bool{true, false} {
			for name, th := range themes {
				p, err := Draw(text, half)
				if err != nil {
					t.Fatal(err)
				}
				for reader, got := range readers(t, drawn(t, p.Lines, th)) {
					if got != text {
						t.Errorf("half %v, %s theme, %s reads %q", half, name, reader, got)
					}
				}
			}
		}
	}
}

func TestAPictureFileScans(t *testing.T) {
	b, err := QRFile("x.png", uri)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for reader, got := range readers(t, img) {
		if got != uri {
			t.Errorf("PNG: %s reads %q", reader, got)
		}
	}
	b, err = QRFile("x.svg", uri)
	if err != nil {
		t.Fatal(err)
	}
	for reader, got := range readers(t, rasterised(t, b)) {
		if got != uri {
			t.Errorf("SVG: %s reads %q", reader, got)
		}
	}
}

// rasterised draws the squares of our SVG.
func rasterised(t *testing.T, svg []byte) image.Image {
	t.Helper()
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Path    struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg, &doc); err != nil {
		t.Fatal(err)
	}
	side, err := strconv.Atoi(strings.Fields(doc.ViewBox)[2])
	if err != nil {
		t.Fatal(err)
	}
	const scale = 6
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	for move := range strings.SplitSeq(strings.TrimPrefix(doc.Path.D, "M"), "M") {
		var x, y int
		if _, err := fmt.Sscanf(move, "%d %dh1v1h-1z", &x, &y); err != nil {
			t.Fatalf("%q: %v", move, err)
		}
		draw.Draw(img, image.Rect(x*scale, y*scale, (x+1)*scale, (y+1)*scale), image.Black, image.Point{}, draw.Src)
	}
	return img
}

func TestEightyByTwentyFourHoldsCodeKeyAndPrompt(t *testing.T) {
	p, err := Draw(uri, true)
	if err != nil {
		t.Fatal(err)
	}
	if p.Width > 45 || p.Height > 23 {
		t.Errorf("%d by %d", p.Width, p.Height)
	}
	text := p.Beside([]string{"Scan this with your authenticator"})
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if n := len([]rune(sgr.ReplaceAllString(line, ""))); n > 80 {
			t.Errorf("a line of %d columns", n)
		}
	}
}

func TestATextTooLongForAQRCodeIsAnError(t *testing.T) {
	long := strings.Repeat("x", 3000)
	if _, err := Draw(long, true); !errors.Is(err, ErrQRTooLong) {
		t.Error(err)
	}
	if _, err := QRFile("x.png", long); !errors.Is(err, ErrQRTooLong) {
		t.Error(err)
	}
}

func TestWhereNoPictureFitsThereIsNone(t *testing.T) {
	env := map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}
	term := New(nil, nil, nil, func(name string) string { return env[name] })
	term.tty = "/nonexistent" // 80 by 24
	if _, ok, err := term.Picture(uri, QRAuto, 1, 30); !ok || err != nil {
		t.Errorf("half blocks are not drawn: %v", err)
	}
	env["LANG"] = "C"
	if _, ok, err := term.Picture(uri, QRAuto, 1, 30); ok || err != nil {
		t.Errorf("full blocks are drawn where they do not fit: %v", err)
	}
	env["LANG"], env["ACCESSIBLE"] = "C.UTF-8", "1"
	if _, ok, err := term.Picture(uri, QRAuto, 1, 30); ok || err != nil {
		t.Errorf("a picture is drawn for who does not want one: %v", err)
	}
}
