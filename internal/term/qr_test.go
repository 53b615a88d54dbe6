package term

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// testURI134 is the longest text that 80 by 24 holds: 134 bytes, version 6.
const testURI134 = "otpauth://totp/Acme%20Widgets:alice%40acme.example?secret=Z2AT6YPKO35FFIMVIDBLLTUFRRHA7TX6&issuer=Acme%20Widgets&period=60&padding=xxx"

var inks = map[string]ink{
	"16 colors":  {"\x1b[30;47m", "\x1b[40m", "\x1b[47m"},
	"256 colors": {"\x1b[38;5;16;48;5;231m", "\x1b[48;5;16m", "\x1b[48;5;231m"},
}

// checkScans reads a picture as two phones would: with gozxing, and with zbarimg if that is
// installed. TestZbarimgReadsAQRCode skips if it is not.
func checkScans(t *testing.T, img image.Image, want string) {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	switch {
	case err != nil:
		t.Errorf("gozxing cannot read it: %v", err)
	case result.GetText() != want:
		t.Errorf("gozxing reads %q, want %q", result.GetText(), want)
	}
	if zbarimg, err := exec.LookPath("zbarimg"); err == nil {
		checkZbarimg(t, zbarimg, img, want)
	}
}

// checkZbarimg reads a picture with zbarimg.
func checkZbarimg(t *testing.T, zbarimg string, img image.Image, want string) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != want {
		t.Errorf("zbarimg reads %q (%v), want %q", got, err, want)
	}
}

// TestZbarimgReadsAQRCode fails if zbarimg reads nothing. It skips if zbarimg is not
// installed: then the other tests read their pictures with gozxing alone.
func TestZbarimgReadsAQRCode(t *testing.T) {
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Skip("zbarimg is not installed; gozxing alone reads the codes")
	}
	p, err := drawQR(testURI134, true, inks["256 colors"])
	if err != nil {
		t.Fatal(err)
	}
	v := newVT(t, p.Width+8, p.Height+6, false)
	for _, line := range p.lines {
		v.write("\n    " + line)
	}
	checkZbarimg(t, zbarimg, v.picture(), testURI134)
}

func TestQRCodesScanOnEveryTheme(t *testing.T) {
	for _, half := range []bool{true, false} {
		for name, colors := range inks {
			for _, dark := range []bool{true, false} {
				for _, text := range []string{"short", testURI134, strings.Repeat("long ", 60)} {
					t.Run(strings.Join([]string{"half", strconv.FormatBool(half), name, "dark", strconv.FormatBool(dark), strconv.Itoa(len(text))}, " "), func(t *testing.T) {
						p, err := drawQR(text, half, colors)
						if err != nil {
							t.Fatal(err)
						}
						v := newVT(t, p.Width+8, p.Height+6, dark)
						v.write("\n\n")
						for _, line := range p.lines {
							v.write("    " + line + "\n")
						}
						checkScans(t, v.picture(), text)
					})
				}
			}
		}
	}
}

func TestTheBareTextOfAQRCodeScansOnPaper(t *testing.T) {
	p, err := drawQR(testURI134, true, inks["256 colors"])
	if err != nil {
		t.Fatal(err)
	}
	v := newVT(t, p.Width+8, p.Height+4, false)
	for _, line := range p.lines {
		line = strings.TrimPrefix(line, inks["256 colors"].darkOnLight)
		v.write("\n    " + strings.TrimSuffix(line, "\x1b[0m"))
	}
	checkScans(t, v.picture(), testURI134)
}

func TestThemesThatInvertWouldNotScanWithoutColors(t *testing.T) {
	p, err := drawQR(testURI134, true, ink{})
	if err != nil {
		t.Fatal(err)
	}
	v := newVT(t, p.Width+8, p.Height+6, true)
	for _, line := range p.lines {
		v.write("\n    " + line)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(v.picture())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := qrcode.NewQRCodeReader().Decode(bitmap, nil); err == nil {
		t.Error("an inverted code was read: this test no longer shows what the colors are for")
	}
}

func TestAFullTerminalHolds134Bytes(t *testing.T) {
	if len(testURI134) != 134 {
		t.Fatal("the text has", len(testURI134), "bytes")
	}
	p, err := drawQR(testURI134, true, inks["256 colors"])
	if err != nil || p.Width != 45 || p.Height != 23 {
		t.Fatalf("it is %d by %d (%v), want 45 by 23", p.Width, p.Height, err)
	}
	l, ok := arrange(p, []string{"Key: Z2AT 6YPK O35F FIMV IDBL LTUF RRHA 7TX6"}, 80, 24)
	if !ok || len(l.lines) != 23 {
		t.Fatalf("it does not fit: %d lines", len(l.lines))
	}
	if longer, err := drawQR(testURI134+"x", true, inks["256 colors"]); err != nil || longer.Height <= 23 {
		t.Errorf("135 bytes make %d lines (%v): the limit is not where it is said to be", longer.Height, err)
	}
}

func TestArrangeCountsBothWays(t *testing.T) {
	p := Picture{Width: 45, Height: 23, lines: make([]string, 23)}
	text := []string{"Key: Z2AT 6YPK O35F FIMV IDBL LTUF RRHA 7TX6", "By hand: time based, 6 digits"}
	for _, c := range []struct {
		name       string
		cols, rows int
		beside, ok bool
	}{
		{"wide and low: beside", 80, 24, true, true},
		{"just wide enough", 45 + gap + besideRoom, 24, true, true},
		{"one column short", 45 + gap + besideRoom - 1, 24, false, false},
		{"one line short", 80, 23, false, false},
		{"narrow and high: under", 45, 60, false, true},
		{"too narrow for the picture", 44, 60, false, false},
		{"both: under", 120, 60, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, ok := arrange(p, text, c.cols, c.rows)
			if ok != c.ok || (l.left > 0) != c.beside {
				t.Errorf("fits %v, column %d; want %v, beside %v", ok, l.left, c.ok, c.beside)
			}
		})
	}
}

func TestATextTooLongIsAnErrorNotAPanic(t *testing.T) {
	text := strings.Repeat("x", 3000)
	if _, err := drawQR(text, true, ink{}); !errors.Is(err, ErrQRTooLong) {
		t.Error("draw:", err)
	}
	if _, err := EncodeQR("qr.png", text); !errors.Is(err, ErrQRTooLong) {
		t.Error("encode:", err)
	}
}

func TestQRFilesScan(t *testing.T) {
	for _, name := range []string{"qr.png", "qr.svg", "QR.SVG"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if QRMode(path).File() != path || !QRMode(path).Known() {
				t.Error("the name is not taken for a file")
			}
			data, err := EncodeQR(path, testURI134)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, data, 0o600); err != nil { // zbarimg reads files
				t.Fatal(err)
			}
			img := rasterize(t, data)
			if strings.HasSuffix(name, ".png") {
				if img, err = png.Decode(bytes.NewReader(data)); err != nil {
					t.Fatal(err)
				}
			}
			checkScans(t, img, testURI134)
		})
	}
}

// rasterize draws the rectangles of an SVG, eight pixels a unit.
func rasterize(t *testing.T, data []byte) image.Image {
	t.Helper()
	var img *image.Gray
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) || data[0] != '<' {
			return img
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]int{}
		fill := color.Gray{}
		for _, a := range e.Attr {
			at[a.Name.Local], _ = strconv.Atoi(a.Value)
			if a.Value == "#fff" {
				fill = color.Gray{Y: 255}
			}
		}
		if e.Name.Local == "svg" {
			img = image.NewGray(image.Rect(0, 0, at["width"], at["height"]))
			continue
		}
		x, y := 8*at["x"], 8*at["y"]
		draw.Draw(img, image.Rect(x, y, x+8*at["width"], y+8*at["height"]), image.NewUniform(fill), image.Point{}, draw.Src)
	}
}

func TestThereIsNoQRWhereNoneCanBeDrawn(t *testing.T) {
	for name, c := range map[string]struct {
		mode QRMode
		env  map[string]string
	}{
		"none":              {QRNone, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}},
		"a file":            {"qr.png", map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}},
		"accessible":        {QRAuto, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8", "ACCESSIBLE": "1"}},
		"a dumb terminal":   {QRHalf, map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}},
		"a console of yore": {QRHalf, map[string]string{"TERM": "vt100", "LANG": "C.UTF-8"}},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := testTerminal(nil, c.env).QR("text", c.mode)
			if err != nil || !p.Empty() {
				t.Error(p.Height, err)
			}
		})
	}
	if QRMode("sixel").Known() {
		t.Error("a mode that does not exist is known")
	}
}
