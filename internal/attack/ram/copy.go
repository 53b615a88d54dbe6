package ram

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mfactl/mfactl/internal/mfa"
)

var (
	timeType  = reflect.TypeFor[time.Time]()
	proofType = reflect.TypeFor[*mfa.Proof]()
)

// copied returns a record that shares nothing with the original. What is empty is nil, and a
// proof is not copied, so that every record that is read is verified.
func copied[T any](r *T) *T {
	out := *r
	own(reflect.ValueOf(&out).Elem())
	return &out
}

// own replaces what a value shares with others by copies.
func own(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // the rest is copied with the value
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		for _, f := range v.Fields() {
			if f.CanSet() {
				own(f)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.SetZero()
			return
		}
		next := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(next, v)
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Slice {
			for i := range next.Len() {
				own(next.Index(i))
			}
		}
		v.Set(next)
	case reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
			return
		}
		next := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, key := range v.MapKeys() {
			next.SetMapIndex(key, v.MapIndex(key))
		}
		v.Set(next)
	case reflect.Pointer:
		if v.Type() == proofType {
			v.SetZero()
		}
	}
}

// keepable reports whether every text of a record can be kept, as every store has it: it is
// UTF-8 without a zero byte.
func keepable(v reflect.Value) bool {
	switch v.Kind() { //nolint:exhaustive // the rest has no text
	case reflect.String:
		return utf8.ValidString(v.String()) && strings.IndexByte(v.String(), 0) < 0
	case reflect.Struct:
		if v.Type() == timeType {
			return true
		}
		for _, f := range v.Fields() {
			if !keepable(f) {
				return false
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		for i := range v.Len() {
			if !keepable(v.Index(i)) {
				return false
			}
		}
	}
	return true
}
