package api

import (
	"bytes"
	stdjson "encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// FuzzBody gives any bytes as a request. What is taken, the standard library takes too
// and reads alike; what is refused is refused in words of ours, with a short name.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"kind":"totp","label":"phone","params":{"digits":8},"password":"x","further":true}`, `{"kind":"a","kind":"b"}`,
		`{"KIND":"a"}`, `{"params":{"digits":"8"}}`, `{"x":1}`, `null`, `[]`, `{"kind":"\ud800"}`, "{\"kind\":\"\xff\"}", `{} {}`, `{"params":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decode[mfa.EnrollRequest](body)
		if err != nil {
			if e := mfa.AsError(err); e.Code != mfa.Usage || len(e.Message) > 40 || len(e.Field) > 64 || strings.ContainsFunc(e.Field, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q: %q: %v", body, e.Field, err)
			}
			if !reflect.ValueOf(got).IsZero() {
				t.Errorf("%q: a refusal gives %+v", body, got)
			}
			return
		}
		if len(body) == 0 {
			return
		}
		var want mfa.EnrollRequest
		d := stdjson.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, and the standard library reads %+v, %v", body, got, want, err)
		}
	})
}
