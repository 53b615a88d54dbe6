package sqlstore

import (
	"reflect"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

func TestACopySharesNothingWithItsOriginal(t *testing.T) {
	copied(t, copyUser)
	copied(t, copyFactor)
	copied(t, copySession)
	copied(t, copyToken)
	copied(t, copyCommunity)
}

func copied[T any](t *testing.T, by func(T) T) {
	t.Helper()
	var empty, full T
	fill(reflect.ValueOf(&full).Elem())
	for _, v := range []T{empty, full} {
		c := by(v)
		if !reflect.DeepEqual(c, v) {
			t.Errorf("%+v\nis copied as\n%+v", v, c)
		}
		apart(t, reflect.TypeFor[T]().Name(), reflect.ValueOf(v), reflect.ValueOf(c))
	}
}

// fill puts something into every field.
func fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMicro(1).UTC()))
	case v.Kind() == reflect.Struct:
		for _, f := range v.Fields() {
			fill(f)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 8))
		fill(v.Index(1))
	case v.Kind() == reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"rule": "value"}))
	case v.Kind() == reflect.String:
		v.SetString("text")
	case v.Type() == reflect.TypeFor[*mfa.Proof]():
		v.Set(reflect.ValueOf(new(mfa.Proof)))
	}
}

// apart fails where two values have memory in common, which only a proof may be.
func apart(t *testing.T, name string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range a.NumField() {
			apart(t, name+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Slice:
		if a.Len() > 0 && a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
		}
		for i := range a.Len() {
			apart(t, name, a.Index(i), b.Index(i))
		}
	case reflect.Map:
		if a.Len() > 0 && a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", name)
		}
	default:
	}
}
