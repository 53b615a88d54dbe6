package api

import (
	"context"
	"reflect"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Route is one method of the wire.
type Route struct {
	Rule    mfa.Rule
	Request reflect.Type // the Go type of the body
	Reply   reflect.Type // the Go type of the answer

	serve func(ctx context.Context, s mfa.Service, body []byte) ([]byte, error)
}

// Path is where the method is called.
func (r Route) Path() string { return prefix + r.Rule.Method }

// prefix holds the version of the wire: a change that older clients do not
// understand gets another.
const prefix = "/v" + wireVersion + "/"

// wireVersion is what both sides must speak.
const wireVersion = "1"

// otherVersions is the remedy where they do not.
const otherVersions = "client and server may be of different versions: mfactl version"

// route makes a method of a Service callable with bytes. A method without a rule
// gets the empty one, which changes nothing here: the engine refuses it.
func route[Q, R any](method string, call func(mfa.Service, context.Context, Q) (R, error)) Route {
	rule, _ := mfa.RuleOf(method)
	return Route{
		Rule: rule, Request: reflect.TypeFor[Q](), Reply: reflect.TypeFor[R](),
		serve: func(ctx context.Context, s mfa.Service, body []byte) ([]byte, error) {
			req, err := decode[Q](body)
			if err != nil {
				return nil, err
			}
			reply, err := call(s, ctx, req)
			if err != nil {
				return nil, err
			}
			return encode(reply)
		},
	}
}
