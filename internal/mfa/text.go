package mfa

import (
	"reflect"
	"strings"
	"unicode/utf8"
)

// CheckText refuses a request that holds text which is not UTF-8: JSON could not
// carry it, and would put something else in its place. Usage names the field.
func CheckText(request any) error {
	if field := badText(reflect.ValueOf(request), "request"); field != "" {
		return UsageError(field, "not valid UTF-8")
	}
	return nil
}

// badText returns the name of the first field below v that is no UTF-8, or "".
func badText(v reflect.Value, name string) string {
	switch v.Kind() {
	case reflect.String:
		return bad(v.String(), name)
	case reflect.Struct:
		if s, ok := reflect.TypeAssert[Secret](v); ok {
			return bad(s.value, name)
		}
		for field, value := range v.Fields() {
			own, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.IsExported() {
				continue
			}
			if found := badText(value, own); found != "" {
				return found
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if found := badText(v.Index(i), name); found != "" {
				return found
			}
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			if found := bad(key.String(), name) + badText(value, name); found != "" {
				return name
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			return badText(v.Elem(), name)
		}
	default:
	}
	return ""
}

func bad(text, name string) string {
	if utf8.ValidString(text) {
		return ""
	}
	return name
}

// ShellWord returns a text, such as a path or an address, so that it can be pasted
// into a command of a hint and is one word there, whatever it holds.
func ShellWord(text string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@:,="
	if text != "" && strings.Trim(text, safe) == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
