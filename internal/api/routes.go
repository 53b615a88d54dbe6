package api

import (
	"context"
	_ "embed"
	"reflect"
	"strings"

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

// descriptionPath is where the description of the wire is had.
const descriptionPath = "/openapi.json"

// description is the OpenAPI 3.1 document of the wire. It is generated from
// [Routes], and a test keeps it fresh.
//
//go:embed openapi.json
var description []byte

// prefix holds the version of the wire, so that a client and a server of different versions
// find out before anything is done.
const prefix = "/v" + wireVersion + "/"

// wireVersion is raised when a method, or a field that [parseReply] requires, changes its name
// or goes away: mfactl itself must then be of the server's version.
const wireVersion = "3"

// accepts reports whether a server answers to a version that a client names. Programs other
// than mfactl may go on naming an earlier one: most read fields that have not changed.
func accepts(version, agent string) bool {
	return version == wireVersion || (version == "1" || version == "2") && !strings.HasPrefix(agent, clientAgent)
}

// clientAgent is how [Client] names itself.
const clientAgent = "mfactl"

// otherVersions is the remedy where client and server are of different versions.
const otherVersions = "use an mfactl of the server's version; mfactl version tells yours"

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
