package records

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/seal"
)

// sorts are the records that carry a MAC, with the labels of their MACs, and the word with
// which the values of the golden ones begin.
var sorts = []struct {
	label string
	of    reflect.Type
	word  string
}{
	{sortCommunity.label, reflect.TypeFor[mfa.Community](), "Community"},
	{sortUser.label, reflect.TypeFor[mfa.User](), "User"},
	{sortFactor.label, reflect.TypeFor[mfa.Factor](), "Factor"},
	{sortSession.label, reflect.TypeFor[mfa.Session](), "Session"},
	{sortToken.label, reflect.TypeFor[mfa.Token](), "Token"},
	{sortEvent.label, reflect.TypeFor[mfa.Event](), "Event"},
	{sortRequest.label, reflect.TypeFor[mfa.Request](), "Approval"},
	{sortNotice.label, reflect.TypeFor[mfa.Notice](), "Notice"},
	{sortFormer.label, reflect.TypeFor[mfa.FormerAccount](), "Former"},
	{sortMark.label, reflect.TypeFor[markRecord](), "markRecord"},
	{sortKeyCopy.label, reflect.TypeFor[keyCopy](), "keyCopy"},
	{sortRefusals.label, reflect.TypeFor[refusalsRecord](), "refusalsRecord"},
}

// added are the fields that came after the MACs of their sort were written down. The MAC of
// a record in which such a field is empty is what it was before.
var added = map[string][]string{
	sortSession.label:   {"Asked", "Marker"},
	sortEvent.label:     {"Notices", "From.LoginUID", "From.LoginUser", "From.TokenName", "From.TokenCreator"},
	sortCommunity.label: {"Roles.ControlMarks.Early", "Roles.PrivilegedUntil", "Held"},
	sortUser.label:      {"ControlMarks.Early", "Halves", "UsedAt", "OwnPasswordAt", "OwnFactorAt", "Look", "VerifyOTP", "VerifyCode", "DisabledAt", "Held", "Markers"},
	sortRequest.label:   {"Basis", "TokenCreator", "Rules"},
	sortToken.label:     {"ChainStart"},
}

// zero sets a field to its zero value: one of the record, of a record in it, or of the records
// in its lists.
func zero(v reflect.Value, path string) {
	name, rest, nested := strings.Cut(path, ".")
	field := v.FieldByName(name)
	switch {
	case !nested:
		field.SetZero()
		return
	case field.Kind() == reflect.Struct:
		zero(field, rest)
		return
	}
	for i := range field.Len() {
		zero(field.Index(i), rest)
	}
}

// filled is a record with another value in each field, which follows from the signed name.
func filled(t reflect.Type, name string) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 14, 9, 26, len(name), 53_000, time.UTC)))
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Type.Kind() != reflect.Pointer {
				v.Field(i).Set(filled(f.Type, name+"."+nameIn(f)))
			}
		}
	case t == bytesType:
		v.SetBytes([]byte(name))
	case t.Kind() == reflect.Slice:
		v.Set(reflect.Append(v, filled(t.Elem(), name+"[]")))
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(filled(t.Key(), name+" key"), filled(t.Elem(), name+" value"))
	case t.Kind() == reflect.String:
		v.SetString(name)
	case t.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(len(name)))
	case v.CanUint():
		v.SetUint(uint64(len(name)))
	default:
		panic("no value for " + name)
	}
	return v
}

// nameIn is a field's name in what a MAC covers: its signed name, or within a field its
// name in JSON.
func nameIn(f reflect.StructField) string {
	if name, ok := f.Tag.Lookup("signed"); ok {
		return name
	}
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// A MAC that an older program wrote must hold, whatever its fields are called in Go by now:
// else every record of that sort is damaged after an update.
func TestTheMACsOfRecordsDoNotChange(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "store", "testdata", "schema1", "key"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	var of forms
	var got strings.Builder
	for _, sort := range sorts {
		record := filled(sort.of, sort.word)
		sign := func(label string) {
			mac := keys.MAC(sort.label, of.canonical("an instance", record.Interface()))
			fmt.Fprintf(&got, "%s: %s\n", label, hex.EncodeToString(mac))
		}
		if fields, ok := added[sort.label]; ok {
			sign(sort.label + " with " + strings.Join(fields, ", "))
			for _, field := range fields {
				zero(record, field)
			}
		}
		sign(sort.label)
	}
	golden := filepath.Join("testdata", "macs.txt")
	want, err := os.ReadFile(golden)
	if err != nil || got.String() != string(want) {
		t.Errorf("%s (%v) says\n%s\nand the MACs are\n%s", golden, err, want, got.String())
	}
}

// A field without a name of its own would be renamed with the Go field, or left out of the MAC
// unseen.
func TestEveryFieldOfARecordHasASignedName(t *testing.T) {
	for _, sort := range sorts {
		names := map[string]bool{}
		for f := range sort.of.Fields() {
			name, ok := f.Tag.Lookup("signed")
			switch unsigned := name == "-"; {
			case !ok, name == "", names[name] && !unsigned:
				t.Errorf("%s.%s has the signed name %q", sort.of, f.Name, name)
			case unsigned && f.Name != "Rev" && f.Name != "MAC" && f.Name != "Proof":
				t.Errorf("%s.%s is covered by no MAC", sort.of, f.Name)
			}
			names[name] = true
			nested(t, f.Type, sort.of.Name()+"."+f.Name)
		}
	}
}

// nested looks for structs below a field whose own fields have no name in JSON.
func nested(t *testing.T, of reflect.Type, where string) {
	t.Helper()
	switch {
	case writesItself(of):
	case of.Kind() == reflect.Slice || of.Kind() == reflect.Map:
		nested(t, of.Elem(), where)
	case of.Kind() == reflect.Struct:
		for f := range of.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == "" || name == "-" {
				t.Errorf("%s.%s has no name in JSON", where, f.Name)
			}
			nested(t, f.Type, where+"."+f.Name)
		}
	}
}
