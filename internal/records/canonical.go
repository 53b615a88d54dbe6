package records

import (
	"encoding"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"strconv"
	"sync"
	"time"
)

// canonical writes the fields of a record as signed name, length and JSON. The name is
// that of the field's tag, so a field can be renamed in Go without a change to what older
// records say; "-" leaves out the revision, the MAC and the proof. A zero field is left out
// as well, so that a field can be added. The instance comes first: a record of another
// store does not verify in this one.
func (of *forms) canonical(instance string, record any) []byte {
	v := reflect.ValueOf(record)
	out := AppendField(make([]byte, 0, 1024), "instance", []byte(instance))
	var b []byte
	for _, f := range of.fields(v.Type()) {
		field := v.Field(f.index)
		if field.IsZero() {
			continue
		}
		b = f.appendJSON(b[:0], field)
		if s := string(b); s == "[]" || s == "{}" {
			continue // a store need not tell empty from none
		}
		out = AppendField(out, f.name, b)
	}
	return out
}

// AppendField adds a name and a value to what a MAC covers, each with its length.
func AppendField(out []byte, name string, value []byte) []byte {
	out = binary.AppendUvarint(out, uint64(len(name)))
	out = append(out, name...)
	out = binary.AppendUvarint(out, uint64(len(value)))
	return append(out, value...)
}

// signed is a field that a MAC covers.
type signed struct {
	index int
	name  string
	own   bool // its type has a form of its own in JSON
}

// forms has the fields of each type of record: to ask for them again takes longer than to
// write them.
type forms struct{ known sync.Map }

func (of *forms) fields(t reflect.Type) []signed {
	if known, ok := of.known.Load(t); ok {
		return known.([]signed)
	}
	var out []signed
	for i := range t.NumField() {
		switch name := t.Field(i).Tag.Get("signed"); name {
		case "-":
		case "":
			panic(t.Field(i).Name + " has no signed name") // a test looks at every record
		default:
			out = append(out, signed{i, name, writesItself(t.Field(i).Type)})
		}
	}
	of.known.Store(t, out)
	return out
}

// appendJSON writes a value as [json.Marshal] does. Most are short words, numbers or
// times, which need none of its work: a verify reads and signs some ninety fields.
func (f signed) appendJSON(b []byte, v reflect.Value) []byte {
	switch {
	case v.Type() == timeType:
		text, err := v.Interface().(time.Time).AppendText(append(b, '"'))
		if err != nil {
			panic(err) // records hold times of this age only
		}
		return append(text, '"')
	case f.own:
	case v.Kind() == reflect.String && isPlain(v.String()):
		return append(append(append(b, '"'), v.String()...), '"')
	case v.CanInt():
		return strconv.AppendInt(b, v.Int(), 10)
	case v.Kind() == reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case v.Type() == bytesType && !v.IsNil():
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes()), '"')
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		panic(err) // records hold plain data only
	}
	return append(b, text...)
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	bytesType     = reflect.TypeFor[[]byte]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// writesItself reports whether a type has a form of its own in JSON.
func writesItself(t reflect.Type) bool { return t.Implements(marshaler) || t.Implements(textMarshaler) }

// isPlain reports whether a text stands in JSON as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}
