package mfatest

import (
	"reflect"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Filled returns a value of a type as a server might send it that means no good:
// every text in it is the one that is given, every pointer and list has something,
// and each secret is an API token.
func Filled(t reflect.Type, text string) reflect.Value {
	v := reflect.New(t).Elem()
	fill(v, text)
	return v
}

func fill(v reflect.Value, text string) {
	switch v.Type() {
	case reflect.TypeFor[mfa.Secret]():
		v.Set(reflect.ValueOf(mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{1})))
		return
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 3, 14, 10, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() {
				fill(field, text)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	default:
	}
}
