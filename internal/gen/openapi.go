package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// openAPI is the description of the wire, made of its routes. Huma makes the schemas;
// it is a library of this program alone, so that what serves requests cannot echo one.
func openAPI(c comments) ([]byte, error) {
	reg := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	d := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "mfactl", Version: "1", Description: apiIntroduction, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
		Servers: []*huma.Server{{URL: "/"}},
		Paths:   map[string]*huma.PathItem{},
		Components: &huma.Components{
			Schemas:         reg,
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "A session's or an API token."}},
		},
	}
	problem := reg.Schema(reflect.TypeFor[api.Problem](), true, "Problem")
	var requests []reflect.Type
	for _, r := range api.Routes() {
		d.Paths[r.Path()] = &huma.PathItem{Post: operation(r, reg, c, problem)}
		requests = append(requests, r.Request)
	}
	finish(reg, requests, c)
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = json.Indent(&out, text, "", "  ")
	return append(out.Bytes(), '\n'), err
}

// operation describes one method.
func operation(r api.Route, reg huma.Registry, c comments, problem *huma.Schema) *huma.Operation {
	text := c.methods[r.Rule.Method]
	summary, _, _ := strings.Cut(text, ". ")
	op := &huma.Operation{
		OperationID: r.Rule.Method, Summary: strings.TrimSuffix(summary, "."), Description: text + " " + needs(r.Rule),
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: reg.Schema(r.Request, true, "")},
		}},
		Responses: map[string]*huma.Response{
			"200":     {Description: "Done.", Content: map[string]*huma.MediaType{"application/json": {Schema: reg.Schema(r.Reply, true, "")}}},
			"default": {Description: "An error; its code says which.", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}},
		},
	}
	if len(r.Rule.Levels) > 0 && r.Rule.Method != "Answer" {
		op.Security = []map[string][]string{{"token": {}}}
	}
	if r.Rule.Changes {
		least, most := mfa.IdempotencyKeyMin, mfa.IdempotencyKeyMax
		op.Parameters = []*huma.Param{{
			Name: "Idempotency-Key", In: "header", Required: !r.Rule.KeyOptional, Description: "At least 128 random bits, new for each request that is no retry.",
			Schema: &huma.Schema{Type: "string", MinLength: &least, MaxLength: &most},
		}}
	}
	return op
}

// finish puts the comments into the schemas, and lets answers have fields that a
// later version adds.
func finish(reg huma.Registry, requests []reflect.Type, c comments) {
	asked := map[string]bool{"OTPParams": true}
	for _, t := range requests {
		asked[t.Name()] = true
	}
	for name, s := range reg.Map() {
		if !asked[name] {
			s.AdditionalProperties = nil
		}
		t := reg.TypeFromRef("#/components/schemas/" + name)
		for _, f := range fieldsOf(t, c) {
			if p := s.Properties[f.name]; p != nil && f.text != "" && p.Ref == "" {
				p.Description = f.text
			}
		}
	}
}

// field is one field of a request or a reply, as it is on the wire.
type field struct {
	name string
	kind string
	must bool // it is always there
	text string
}

// fieldsOf lists the fields of a type, with those of what is embedded in it.
func fieldsOf(t reflect.Type, c comments) (out []field) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for f := range t.Fields() {
		if f.Anonymous {
			out = append(out, fieldsOf(f.Type, c)...)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		out = append(out, field{name, kindOf(f.Type), options == "", c.fields[t.Name()][f.Name]})
	}
	return out
}

// kindOf is the type of a field in words.
func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[mfa.Secret]():
		return "secret"
	case t == reflect.TypeFor[mfa.Span]():
		return "length of time, such as 30d or 12h"
	case t.PkgPath() == "time" && t.Name() == "Time":
		return "time"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Slice:
		return "list of " + kindOf(t.Elem())
	case reflect.Map:
		return "object of " + kindOf(t.Elem())
	case reflect.Struct:
		return "[" + t.Name() + "](#" + strings.ToLower(t.Name()) + ")"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "number"
	default:
		return "text"
	}
}

// needs says who may call a method.
func needs(r mfa.Rule) string {
	var parts []string
	switch {
	case r.SignsIn():
		parts = append(parts, "For who is not signed in yet")
	default:
		var levels []string
		for _, l := range r.Levels {
			levels = append(levels, string(l))
		}
		parts = append(parts, "Session: "+strings.Join(levels, ", "))
	}
	if r.Permission != "" {
		parts = append(parts, "permission "+string(r.Permission))
	}
	switch {
	case r.Password == mfa.PasswordAlways && len(r.Levels) > 0:
		parts = append(parts, "the caller's own password")
	case r.Password == mfa.PasswordToWiden:
		parts = append(parts, "the caller's own password if it widens authority")
	}
	if r.NotSelf {
		parts = append(parts, "never on oneself")
	}
	return strings.Join(parts, "; ") + "."
}

// sortedKeys are the keys of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
