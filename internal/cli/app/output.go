package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/itchyny/gojq"
	yaml "go.yaml.in/yaml/v3"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// apiVersion names the form of everything printed for programs.
const apiVersion = "mfactl/v1"

// View is one answer in every format.
type View struct {
	Kind   string
	Data   any        // printed as JSON; for a list its items
	List   bool       // printed as {"items": [...]}
	Names  []string   // for -o name
	Header []string   // of the table: for -o csv, and for people if Say is nil
	Rows   [][]string // of the table
	Say    func() string
	Done   string // what is true now that something was changed, in case the output is lost
	Secret bool   // the data holds secrets that may be seen now
	Remedy string // what to do where the answer was lost
	Lossy  bool   // something was changed, and the answer cannot be had otherwise
	// Damaged marks the rows of a list that cannot be shown, see [App.PrintSound].
	Damaged []mfa.DamagedRow
	Lines   bool // texts in the data have several lines on purpose
}

// WithDone is the view of an act: the text done says what is true now.
func (v View) WithDone(done string) View {
	v.Done = done
	return v
}

// Formats are what -o takes.
func Formats() []string { return []string{"table", "json", "jsonl", "yaml", "csv", "name"} }

// ForPeople reports the table format without a filter.
func (a *App) ForPeople() bool { return a.Config.Output == "table" && a.Flags.jq == "" }

// Print writes an answer in the format that was asked for. What cannot be
// written in full is an error.
func (a *App) Print(v View) error {
	a.Done = cmp.Or(v.Done, a.Done)
	text, err := formatted(a, v)
	if err != nil && a.Done != "" {
		return a.OutputLost(v, err)
	}
	if err != nil {
		return err
	}
	if _, err := io.WriteString(a.Out, text); err != nil {
		return a.OutputLost(v, err)
	}
	return nil
}

func formatted(a *App, v View) (string, error) {
	if a.Flags.jq != "" {
		return filtered(a, v)
	}
	switch a.Config.Output {
	case "json":
		b, err := v.json()
		return indent(b), err
	case "jsonl":
		return v.jsonLines()
	case "yaml":
		return v.yaml()
	case "csv":
		return v.csv()
	case "name":
		var b strings.Builder
		for _, name := range v.Names {
			b.WriteString(Line("%s", name))
		}
		return b.String(), nil
	default:
		if v.Say != nil {
			return v.Say(), nil
		}
		return a.Term.Layout(term.Table{Header: v.Header, Rows: v.Rows}), nil
	}
}

// json writes the answer with its version and kind first.
func (v View) json() ([]byte, error) {
	head := []byte(`{"apiVersion":"` + apiVersion + `","kind":"` + v.Kind + `"`)
	body, err := v.body()
	if err != nil {
		return nil, err
	}
	if v.List {
		list := append(append(head, `,"items":`...), body...)
		if len(v.Damaged) > 0 {
			marks, err := View{Data: v.Damaged}.body()
			if err != nil {
				return nil, err
			}
			list = append(append(list, `,"damaged":`...), marks...)
		}
		return append(list, '}'), nil
	}
	if rest := bytes.TrimPrefix(body, []byte("{")); len(rest) > 1 {
		return append(append(head, ','), rest...), nil
	}
	return append(head, '}'), nil
}

// body is the data, with its secrets in clear only where they may be seen.
func (v View) body() ([]byte, error) {
	data := v.Data
	if v.Secret {
		data = mfa.Expose(data)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(data); err != nil {
		return nil, mfa.Fault(err)
	}
	return term.CleanJSON(bytes.TrimSpace(b.Bytes())), nil
}

func (v View) jsonLines() (string, error) {
	if !v.List {
		b, err := v.json()
		return string(b) + "\n", err
	}
	body, err := v.body()
	if err != nil {
		return "", err
	}
	var items []json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil {
		return "", mfa.Fault(err)
	}
	var b strings.Builder
	for _, item := range items {
		b.Write(item)
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// yaml is the JSON in YAML's own style, in the same order.
func (v View) yaml() (string, error) {
	b, err := v.json()
	if err != nil {
		return "", err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(b, &node); err != nil {
		return "", mfa.Fault(err)
	}
	plainStyle(&node)
	out, err := yaml.Marshal(&node)
	if err != nil {
		return "", mfa.Fault(err)
	}
	return term.CleanLines(string(out)), nil // its escapes are YAML's between quotes
}

// plainStyle takes JSON's quotes off, but for what has to be escaped.
func plainStyle(n *yaml.Node) {
	n.Style = 0
	if n.Kind == yaml.ScalarNode && term.Clean(n.Value) != n.Value {
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		plainStyle(c)
	}
}

// csv is the table with cells that no spreadsheet executes.
func (v View) csv() (string, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for i, row := range append([][]string{v.Header}, v.Rows...) {
		cells := make([]string, len(row))
		for j, cell := range row {
			if i == 0 {
				cell = strings.ToLower(strings.ReplaceAll(cell, " ", "_"))
			}
			cells[j] = term.SafeCell(term.Clean(cell))
		}
		if err := w.Write(cells); err != nil {
			return "", mfa.Fault(err)
		}
	}
	w.Flush()
	return b.String(), nil
}

// checkFilter refuses a wrong filter before anything is done.
func (a *App) checkFilter() (err error) {
	if a.Flags.jq == "" {
		return nil
	}
	if a.query, err = gojq.Parse(a.Flags.jq); err != nil {
		return mfa.UsageError("--jq", "%v", err)
	}
	return nil
}

// filterTime bounds how long a filter may run: some never end.
const filterTime = 10 * time.Second

// filtered returns the JSON filtered by a jq expression. Strings are printed without quotes,
// with the line feeds and tabs that the expression makes (@tsv). An error of the expression
// is not shown, because it may contain values.
func filtered(a *App, v View) (string, error) {
	raw, err := v.json()
	if err != nil {
		return "", err
	}
	var in any
	if err := json.Unmarshal(raw, &in); err != nil {
		return "", mfa.Fault(err)
	}
	if !v.Lines {
		in = inOneLine(in)
	}
	ctx, cancel := context.WithTimeout(context.Background(), filterTime)
	defer cancel()
	var b strings.Builder
	for it := a.query.RunWithContext(ctx, in); ; {
		out, ok := it.Next()
		if !ok {
			return b.String(), nil
		}
		switch out := out.(type) {
		case error:
			return "", mfa.UsageError("--jq", "the filter does not fit the answer")
		case string:
			b.WriteString(term.CleanColumns(out) + "\n")
		default:
			text, err := gojq.Marshal(out)
			if err != nil {
				return "", mfa.Fault(err)
			}
			b.Write(append(term.CleanJSON(text), '\n'))
		}
	}
}

func indent(b []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		return string(b) + "\n"
	}
	return out.String() + "\n"
}

// Line makes one line for people. It stays one line whatever is in it, because otherwise a
// server, or a user who chose a name, could write lines of their own. So what is printed
// for people is made of lines, and of nothing that was not cleaned.
func Line(format string, args ...any) string {
	return term.Clean(fmt.Sprintf(format, args...)) + "\n"
}

// Tell says lines that were made by [Line] beside the output.
func (a *App) Tell(lines string) {
	for l := range strings.Lines(lines) {
		a.Term.Say("%s", strings.TrimSuffix(l, "\n"))
	}
}

// inOneLine cleans the texts of a JSON value before a filter prints them without quotes.
// So the line feeds and tabs that the filter makes itself stay, and a value cannot add a
// line or a column.
func inOneLine(value any) any {
	switch value := value.(type) {
	case string:
		return term.Clean(value)
	case []any:
		for i := range value {
			value[i] = inOneLine(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = inOneLine(value[name])
		}
	}
	return value
}

// DoneView is the answer of an act that gives nothing back. The text done says what is true now.
func DoneView(d mfa.Done, what, done string) View {
	return View{
		Kind: "Done", Data: d, Names: []string{d.User}, Done: done,
		Header: []string{"USER", "CHANGED"}, Rows: [][]string{{d.User, YesNo(d.Changed)}},
		Say: func() string {
			if !d.Changed {
				return Line("%s: nothing to do", d.User)
			}
			return Line("%s: %s", d.User, what)
		},
	}
}
