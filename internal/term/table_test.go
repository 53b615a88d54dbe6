package term

import (
	"bytes"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	tab := Table{
		Header: []string{"USER", "NAME", "CODES", "STATE"},
		Right:  []bool{2: true},
		Rows: [][]string{
			{"alice@acme.example", "Alice", "10", "on"},
			{"bob@acme.example", "王小明", "7", "off"},
			{"eve@acme.example", "Eve\x1b[31m\nX", "", ""},
			{"zoë@acme.example", "Zoe\u0301", "3", "recovering"},
			{"short@acme.example"},
		},
	}
	want := `
USER                NAME              CODES  STATE
alice@acme.example  Alice                10  on
bob@acme.example    王小明                7  off
eve@acme.example    Eve\x1b[31m\x0aX
zoë@acme.example    Zoé                   3  recovering
short@acme.example
`[1:]
	want = strings.Replace(want, "Zoé ", "Zoe\u0301 ", 1)
	if got := tab.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var b bytes.Buffer
	if err := testTerminal(&b, map[string]string{"TERM": "xterm"}).Table(tab); err != nil || b.String() != want {
		t.Errorf("piped it is\n%s (%v)", b.String(), err)
	}
}

func TestATableIsNeverCut(t *testing.T) {
	long := strings.Repeat("very long ", 100) + "end"
	got := Table{Header: []string{"A", "B"}, Rows: [][]string{{long, "last"}}}.String()
	if !strings.Contains(got, long+"  last\n") {
		t.Error("it was cut")
	}
}

func TestATableWithoutRowsIsItsHeader(t *testing.T) {
	if got := (Table{Header: []string{"A", "B"}}).String(); got != "A  B\n" {
		t.Errorf("%q", got)
	}
	if got := (Table{}).String(); got != "" {
		t.Errorf("%q", got)
	}
}
