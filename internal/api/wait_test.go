package api

import (
	"net/http"
	"testing"
	"time"
)

// A server that is busy says for how long it wants to be left alone.
func TestAServerSaysWhenToComeAgain(t *testing.T) {
	for given, want := range map[string]time.Duration{
		"": 0, "0": 0, "-3": 0, "soon": 0, "1": time.Second, "3": 3 * time.Second, "99999999999999999": 24 * time.Hour,
	} {
		if got := (answer{head: http.Header{"Retry-After": {given}}}).wait(); got != want {
			t.Errorf("%q: %v, not %v", given, got, want)
		}
	}
	if got := (answer{}).wait(); got != 0 {
		t.Errorf("no answer: %v", got)
	}
}
