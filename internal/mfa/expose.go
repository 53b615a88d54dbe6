package mfa

import "reflect"

// Expose returns a copy of v in which every [Secret] marshals in clear. It is
// for the two places where a request or reply must be whole: an encrypted
// connection, and a reply that is sealed under the caller's own key. Whatever a
// person or a log sees stays closed.
func Expose[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(reflect.ValueOf(v))
	expose(out)
	return out.Interface().(T)
}

// expose opens the secrets below v, which must be settable; slices and pointers
// are copied first, so that the original stays closed.
func expose(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if s, ok := reflect.TypeAssert[Secret](v); ok {
			v.Set(reflect.ValueOf(s.Exposed()))
			return
		}
		for _, field := range v.Fields() {
			if field.CanSet() {
				expose(field)
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		v.Set(fresh)
		for i := range v.Len() {
			expose(v.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(v.Elem())
		v.Set(fresh)
		expose(fresh.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		fresh := reflect.New(v.Elem().Type()).Elem()
		fresh.Set(v.Elem())
		expose(fresh)
		v.Set(fresh)
	default:
	}
}
