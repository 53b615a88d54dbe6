package api

import (
	"encoding"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mfactl/mfactl/internal/mfa"
)

// parseReply reads the answer of a method; false for what no server of ours says.
// An object of somebody else would read as a reply of empty words: as a code that
// was right, or a token to save. So every member that we always write must be
// there, and a secret must look like one; names are read as they are written and none
// twice, so that no member stands in for one that was looked at. A newer server may say
// more.
func parseReply[R any](body []byte) (reply R, ok bool) {
	if !fits(reflect.TypeFor[R](), body) {
		return reply, false
	}
	err := json.Unmarshal(body, &reply)
	return reply, err == nil && whole(reply)
}

// whole reports whether a reply has the secret that it is about.
func whole(reply any) bool {
	switch reply := reply.(type) {
	case mfa.SignedIn:
		return !reply.Token.IsZero()
	case mfa.Activation:
		return !reply.Session.Token.IsZero()
	case mfa.TokenIssued:
		return reply.DryRun || !reply.Token.IsZero()
	}
	return true
}

// fits reports whether a JSON value is one of a type, as [encode] writes it.
func fits(t reflect.Type, value jsontext.Value) bool {
	null := string(value) == "null"
	switch {
	case t == reflect.TypeFor[mfa.Secret]():
		var s mfa.Secret
		return json.Unmarshal(value, &s) == nil && s.IsGiven()
	case t.Kind() == reflect.Pointer:
		return null || fits(t.Elem(), value)
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return !null
	case t.Kind() == reflect.Struct:
		var members map[string]jsontext.Value
		return json.Unmarshal(value, &members) == nil && members != nil && hasMembers(t, members)
	case t.Kind() == reflect.Slice:
		var items []jsontext.Value
		unfit := func(item jsontext.Value) bool { return !fits(t.Elem(), item) }
		return json.Unmarshal(value, &items) == nil && !slices.ContainsFunc(items, unfit) // null is an empty one
	}
	return !null
}

// hasMembers reports whether an object has what a struct always writes, each in its
// form. What is left out when it is empty need not be there, nor what a nil pointer
// would add.
func hasMembers(t reflect.Type, members map[string]jsontext.Value) bool {
	for f := range t.Fields() {
		name, options, tagged := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "":
			if f.Type.Kind() == reflect.Struct && !hasMembers(f.Type, members) {
				return false
			}
			continue
		}
		value, there := members[name]
		optional := tagged && (options == "omitempty" || options == "omitzero")
		if !there && !optional || there && !fits(f.Type, value) {
			return false
		}
	}
	return true
}
