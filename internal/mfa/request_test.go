package mfa_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// The command line takes the name of a method for the keys of its calls from the type of the
// request. With another name, a retry after an upgrade would not find the kept answer.
func TestEveryRequestIsNamedAfterItsMethod(t *testing.T) {
	service := reflect.TypeFor[mfa.Service]()
	for m := range service.Methods() {
		if got := m.Type.In(1).Name(); got != m.Name+"Request" {
			t.Errorf("%s takes a %s, not a %sRequest", m.Name, got, m.Name)
		}
	}
}

// A kept answer belongs to the JSON of its request, byte for byte, and it outlives an upgrade.
// So the fields of a request that can be kept never change their names or their order. A new
// field is always left out if it is empty.
func TestTheJSONOfARequestThatIsKeptStays(t *testing.T) {
	var got strings.Builder
	service := reflect.TypeFor[mfa.Service]()
	line := func(method string, request reflect.Type) {
		v := mfatest.Filled(request, "x")
		if dry := v.FieldByName("DryRun"); dry.IsValid() {
			dry.SetBool(false) // a dry run is never kept
		}
		for _, value := range []reflect.Value{v, reflect.New(request).Elem()} {
			b, err := json.Marshal(mfa.Expose(value.Interface()))
			if err != nil {
				t.Fatal(err)
			}
			got.WriteString(method + " " + string(b) + "\n")
		}
	}
	for m := range service.Methods() {
		if changes(m.Name) {
			line(m.Name, m.Type.In(1))
		}
	}
	line("BreakGlass", reflect.TypeFor[mfa.BreakGlassRequest]())
	want, err := os.ReadFile(filepath.Join("testdata", "requests.golden"))
	if err != nil {
		t.Fatal(err)
	}
	old := map[string]bool{}
	for text := range strings.Lines(string(want)) {
		old[text] = true
	}
	for text := range strings.Lines(got.String()) {
		if !old[text] {
			t.Errorf("not as in testdata/requests.golden: %s", text)
		}
	}
	if len(want) != got.Len() {
		t.Errorf("testdata/requests.golden has %d bytes, the requests %d", len(want), got.Len())
	}
}

func changes(method string) bool {
	rule, _ := mfa.RuleOf(method)
	return rule.Changes
}
