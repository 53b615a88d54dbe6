package mfa_test

import (
	"reflect"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// The engine asks a request for its reason and its dry run by the method Says. A request with
// such a field and without the method would be carried out where a dry run was asked for.
func TestEveryRequestWithAReasonOrADryRunSaysSo(t *testing.T) {
	service := reflect.TypeFor[mfa.Service]()
	found := 0
	for m := range service.Methods() {
		request := m.Type.In(1)
		_, reason := request.FieldByName("Reason")
		_, dry := request.FieldByName("DryRun")
		if !reason && !dry {
			continue
		}
		found++
		filled := reflect.New(request).Elem()
		if reason {
			filled.FieldByName("Reason").SetString("a reason")
		}
		if dry {
			filled.FieldByName("DryRun").SetBool(true)
		}
		says, ok := reflect.TypeAssert[interface{ Says() mfa.Change }](filled)
		if !ok {
			t.Errorf("%s has a reason or a dry run and no method Says", request)
			continue
		}
		if got := says.Says(); got.Reason == "a reason" != reason || got.DryRun != dry {
			t.Errorf("%s says %+v", request, got)
		}
	}
	if found == 0 {
		t.Error("no request has a reason")
	}
}
