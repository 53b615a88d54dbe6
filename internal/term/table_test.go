package term

import (
	"bytes"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	tab := Table{
		Header: []string{"USER", "NAME", "CODES", "STATE"},
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
alice@acme.example  Alice             10     on
bob@acme.example    王小明            7      off
eve@acme.example    Eve\x1b[31m\x0aX
zoë@acme.example    Zoé               3      recovering
short@acme.example
`[1:]
	want = strings.Replace(want, "Zoé ", "Zoe\u0301 ", 1)
	if got := tab.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := testTerminal(&bytes.Buffer{}, map[string]string{"TERM": "xterm"}).Layout(tab); got != want {
		t.Errorf("piped it is\n%s", got)
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

func TestATableThatIsTooWideIsFolded(t *testing.T) {
	tab := Table{
		Header: []string{"CHECK", "STATUS", "FINDING", "REMEDY"},
		Rows: [][]string{
			{"store", "ok"},
			{"clock", "warning", "it is 3 minutes behind", "chronyc makestep"},
			{"key", "error", "", "mfactl store export-key"},
		},
	}
	strong := func(header string) string { return "<" + header + ">" }
	for cols, want := range map[int]string{
		63: `
<CHECK  STATUS   FINDING                 REMEDY>
store  ok
clock  warning  it is 3 minutes behind  chronyc makestep
key    error                            mfactl store export-key
`,
		62: `
<CHECK  STATUS   FINDING>
store  ok
clock  warning  it is 3 minutes behind
    remedy: chronyc makestep
key    error
    remedy: mfactl store export-key
`,
		37: `
<CHECK  STATUS>
store  ok
clock  warning
    finding: it is 3 minutes behind
    remedy: chronyc makestep
key    error
    remedy: mfactl store export-key
`,
		3: `
<CHECK>
store
    status: ok
clock
    status: warning
    finding: it is 3 minutes behind
    remedy: chronyc makestep
key
    status: error
    remedy: mfactl store export-key
`,
	} {
		if got := tab.fold(cols, strong); got != want[1:] {
			t.Errorf("in %d cells it is\n%s\nnot%s", cols, got, want)
		}
	}
}

func TestWhatIsFoldedSharesALineWhereItCan(t *testing.T) {
	tab := Table{Header: []string{"USER", "LAST SEEN", "ID", "NOTE"}, Rows: [][]string{{"alice@acme.example", "today", "7", "a longer one"}}}
	want := "USER\nalice@acme.example\n    last seen: today  id: 7\n    note: a longer one\n"
	if got := tab.fold(28, func(header string) string { return header }); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}
