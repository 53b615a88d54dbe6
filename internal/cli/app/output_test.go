package app

import (
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"

	yaml "go.yaml.in/yaml/v3"

	"github.com/mfactl/mfactl/internal/mfa"
)

func sample() View {
	items := []mfa.FactorInfo{{ID: "f1", Kind: mfa.KindTOTP, Label: hostile, Status: mfa.FactorActive}}
	return View{Kind: "FactorList", Data: items, List: true, Names: []string{"f1"},
		Header: []string{"ID", "LAST USED", "LABEL"}, Rows: [][]string{{"f1", "", hostile}},
	}
}

func TestEachFormat(t *testing.T) {
	factor := `{"id":"f1","kind":"totp","label":"=1\u001b[31m\u009b2J\u202e","status":"active","preferred":false,"created_at":"0001-01-01T00:00:00Z"}`
	for format, want := range map[string]string{
		"jsonl": factor + "\n",
		"csv":   "id,last_used,label\nf1,,'=1\\x1b[31m\\u009b2J\\u202e\n",
		"name":  "f1\n",
	} {
		a, out, _ := quiet(format, "")
		if err := a.Print(sample()); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s: %q, not %q", format, out.String(), want)
		}
	}
	a, out, _ := quiet("json", "")
	if err := a.Print(sample()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "{\n  \"apiVersion\": \"mfactl/v1\",\n  \"kind\": \"FactorList\",\n  \"items\": [") {
		t.Errorf("json: %s", out)
	}
	var back struct {
		Items []mfa.FactorInfo `json:"items"`
	}
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Items[0].Label != hostile {
		t.Errorf("json says something else: %q, %v", back.Items[0].Label, err)
	}
	a, out, _ = quiet("yaml", "")
	if err := a.Print(sample()); err != nil || !strings.HasPrefix(out.String(), "apiVersion: mfactl/v1\nkind: FactorList\nitems:\n") {
		t.Errorf("yaml: %v %s", err, out)
	}
	var same struct{ Items []struct{ Label string } }
	if err := yaml.Unmarshal(out.Bytes(), &same); err != nil || same.Items[0].Label != hostile {
		t.Errorf("yaml says something else: %v %s", err, out)
	}
}

func TestNothingPrintedSteersATerminal(t *testing.T) {
	for _, c := range []struct{ format, filter string }{
		{"table", ""}, {"json", ""}, {"jsonl", ""}, {"yaml", ""}, {"csv", ""}, {"name", ""},
		{"table", ".items[].label"}, {"table", ".items[0]"},
	} {
		a, out, _ := quiet(c.format, c.filter)
		if err := a.checkFilter(); err != nil {
			t.Fatal(err)
		}
		v := sample()
		v.Names = []string{hostile}
		if err := a.Print(v); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\u009b\u202e") {
			t.Errorf("%s %s: %q", c.format, c.filter, out.String())
		}
	}
}

// A name is one line wherever it stands, so that it is neither a line of ours nor
// one more name for the next command.
func TestNoNameMakesALineOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		format, filter string
		v              View
	}{
		"names":        {"name", "", View{Names: []string{forged}}},
		"a line":       {"table", "", View{Say: func() string { return Line("%s: right", forged) }}},
		"a table":      {"table", "", View{Header: []string{"USER"}, Rows: [][]string{{forged}}}},
		"a filter":     {"table", ".user", View{Data: mfa.Done{User: forged}}},
		"a file":       {"table", "", View{Say: func() string { return string(Secret{Items: []string{"7K3F"}, Name: forged}.text()) }}},
		"a saved code": {"table", "", View{Say: func() string { return string(Secret{Items: []string{forged}}.text()) }}},
	} {
		a, out, talk := quiet(c.format, c.filter)
		if err := a.checkFilter(); err != nil {
			t.Fatal(err)
		}
		if err := a.Print(c.v); err != nil {
			t.Fatal(err)
		}
		a.fail(nil, mfa.Errorf(mfa.Forbidden, "not for %s", forged).WithHint("ask %s", forged))
		a.Tell(Line("%s", forged) + Line("and more"))
		if text := out.String() + talk.String(); !strings.Contains(text, "7K3F") && !strings.Contains(out.String(), "bob") ||
			strings.Contains(text, "\nmfactl: forged") || strings.Contains(text, "\n::") || strings.Contains(text, "\r") ||
			!strings.Contains(text, "\nand more\n") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// The line feeds of a filter are its own, and those of a text of ours with several lines.
func TestAFilterMakesLinesOfItsOwn(t *testing.T) {
	for filter, lines := range map[string]bool{`[.user, "b"] | join("\n")`: false, ".user": true} {
		a, out, _ := quiet("table", filter)
		if err := a.checkFilter(); err != nil {
			t.Fatal(err)
		}
		v := View{Data: mfa.Done{User: "a"}, Lines: lines}
		if lines {
			v.Data = mfa.Done{User: "a\nb"}
		}
		if err := a.Print(v); err != nil || out.String() != "a\nb\n" {
			t.Errorf("%s: %q, %v", filter, out, err)
		}
	}
}

func TestAFilterIsCheckedBeforeAnythingChanges(t *testing.T) {
	a, _, _ := quiet("table", ".[")
	if err := a.checkFilter(); ErrorOf(err).Code != mfa.Usage || ErrorOf(err).Field != "--jq" {
		t.Errorf("%v", err)
	}
}

// A filter that fails on the answer of an act must not hide that it was done,
// nor show what it failed on.
func TestAFilterThatFailsLosesNoSecret(t *testing.T) {
	a, _, talk := quiet("table", ".codes[0][]")
	if err := a.checkFilter(); err != nil {
		t.Fatal(err)
	}
	a.Done = "the backup codes were replaced"
	codes := mfa.BackupCodes{Codes: []mfa.Secret{mfa.NewSecret("7K3F-9QXM-2VTP-HB4D")}}
	err := a.Print(View{Kind: "BackupCodes", Data: codes, Secret: true, Lossy: true})
	if status := a.fail(nil, err); status != 15 {
		t.Errorf("exit %d", status)
	}
	if !strings.Contains(talk.String(), "--idempotency-key 0123456789abcdef") || strings.Contains(talk.String(), "7K3F") {
		t.Errorf("%s", talk)
	}
}

// failing is an output that takes nothing.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestOutputThatFails(t *testing.T) {
	for _, c := range []struct {
		name, done string
		err        error
		want       int
	}{
		{"a full disk", "", syscall.ENOSPC, 1},
		{"a reader that has gone", "", syscall.EPIPE, 0},
		{"a full disk after a change", "the factor was changed", syscall.ENOSPC, 15},
		{"a reader that has gone after a change", "the factor was changed", syscall.EPIPE, 15},
	} {
		a, _, _ := quiet("json", "")
		a.Out, a.Done = failing{c.err}, c.done
		err := a.Print(sample())
		status := 0 // of a reader that has gone, Run makes that of SIGPIPE
		if !a.unread(err) {
			status = a.fail(nil, err)
		}
		if status != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: exit %d, %v", c.name, status, err)
		}
	}
}

// A filter can make columns and lines, but no other control character. A value can make
// neither, and is printed unchanged if the format can represent it.
func TestTabsOfAFilterPassAndThoseOfAValueStayInIt(t *testing.T) {
	const tabbed = "a\tb\x1b[31m"
	for _, c := range []struct{ format, filter, want string }{
		{"table", `["x", "y", 1] | @tsv`, "x\ty\t1\n"},
		{"json", `.items[] | [.id, .status] | @tsv`, "f1\tactive\n"},
		{"table", `"x\ty\nz"`, "x\ty\nz\n"},
		{"table", `["x\ty", "z"] | @tsv`, "x\\ty\tz\n"},
		{"table", `["x\ty", "z"] | @csv`, "\"x\ty\",\"z\"\n"},
		{"table", `"x\ty" | @sh`, "'x\ty'\n"},
		{"table", `"x\ty" | @json`, "\"x\\ty\"\n"},
		{"table", `["x\ty"]`, "[\"x\\ty\"]\n"},
		{"table", `"\u0000\u0007\u0008\u000b\u000c\r\u001b[2J\u007f\u009b\u202e"`, `\x00\x07\x08\x0b\x0c\x0d\x1b[2J\x7f\u009b\u202e` + "\n"},
		{"table", `.items[] | [.id, .label] | @tsv`, "f1\ta\\\\x09b\\\\x1b[31m\n"},
		{"table", `.items[].label`, "a\\x09b\\x1b[31m\n"},
		{"csv", "", "id,label\nf1,a\\x09b\\x1b[31m\n"},
		{"name", "", "a\\x09b\\x1b[31m\n"},
	} {
		a, out, _ := quiet(c.format, c.filter)
		if err := a.checkFilter(); err != nil {
			t.Fatal(err)
		}
		if err := a.Print(withLabel(tabbed)); err != nil || out.String() != c.want {
			t.Errorf("-o %s --jq %s: %q, not %q (%v)", c.format, c.filter, out, c.want, err)
		}
	}
	for format, read := range map[string]func([]byte, any) error{"json": json.Unmarshal, "yaml": yaml.Unmarshal} {
		a, out, _ := quiet(format, "")
		if err := a.Print(withLabel(tabbed)); err != nil {
			t.Fatal(err)
		}
		var back struct{ Items []struct{ Label string } }
		if err := read(out.Bytes(), &back); err != nil || back.Items[0].Label != tabbed || strings.ContainsAny(out.String(), "\t\x1b") {
			t.Errorf("-o %s: %q, %v", format, out, err)
		}
	}
}

// withLabel is a list of one factor.
func withLabel(label string) View {
	items := []mfa.FactorInfo{{ID: "f1", Kind: mfa.KindTOTP, Label: label, Status: mfa.FactorActive}}
	return View{Kind: "FactorList", Data: items, List: true, Names: []string{label},
		Header: []string{"ID", "LABEL"}, Rows: [][]string{{"f1", label}},
	}
}
