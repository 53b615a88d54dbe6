package records

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// written is a value as it is signed.
func written(v any) []byte {
	of := reflect.ValueOf(v)
	return signed{own: writesItself(of.Type())}.appendJSON(nil, of)
}

// What a MAC covers is what encoding/json writes, whatever the value: else a record
// that was kept before would not verify.
func FuzzAFieldIsWrittenAsJSON(f *testing.F) {
	for _, s := range []string{"", "bob@acme.example", `a"b\c`, "<&>", "\u2028\u2029", "é", "\x7f", "\x00\x1f", "\xff\xfe", "\n\t", "&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []any{s, mfa.Kind(s), mfa.Role(s), []string{s}, []byte(s), []byte(nil), mfa.Span(len(s)) * mfa.Span(time.Minute), mfa.ControlMark{By: s}, len(s), -len(s), int64(len(s)), len(s) > 1, time.Minute, time.Unix(int64(len(s)), 1000*int64(len(s))).UTC(), time.Time{}} {
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if got := written(v); string(got) != string(want) {
				t.Errorf("%q became %s, not %s", s, got, want)
			}
		}
	})
}
