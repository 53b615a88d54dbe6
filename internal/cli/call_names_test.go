package cli_test

import (
	"testing"

	"github.com/mfactl/mfactl/internal/api"
)

// The name of a request's type stands for the method in the key of a call, so two methods
// with one type of request would share their keys.
func TestEveryMethodHasATypeOfRequestOfItsOwn(t *testing.T) {
	methods := map[string]string{}
	for _, r := range api.Routes() {
		if other := methods[r.Request.Name()]; other != "" || r.Request.Name() == "" {
			t.Errorf("%s and %s take the same request", r.Rule.Method, other)
		}
		methods[r.Request.Name()] = r.Rule.Method
	}
}
