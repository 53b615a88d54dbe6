package api

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mfactl/mfactl/internal/mfa"
)

// encode writes a request or a reply with its secrets in clear: it is for the
// connection alone.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := stdjson.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(mfa.Expose(v)); err != nil {
		return nil, mfa.Fault(err)
	}
	return b.Bytes(), nil
}

// decode reads a request, strictly: one object in UTF-8 and nothing after it, no
// name twice, none that is not known, and names as they are written in the
// documentation (OWASP ASVS 15.3.3, 15.3.5). Of what is wrong it names the place
// and never the value. No body at all is an empty request.
func decode[Q any](body []byte) (q Q, _ error) {
	if len(body) == 0 {
		return q, nil
	}
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return q, mfa.UsageError("body", "not a JSON object")
	}
	if err := json.Unmarshal(body, &q, json.RejectUnknownMembers(true)); err != nil {
		var none Q
		return none, wrongBody(err)
	}
	return q, nil
}

// wrongBody says what is wrong with a body, and where.
func wrongBody(err error) error {
	if wrong, is := errors.AsType[*json.SemanticError](err); is {
		if errors.Is(wrong, json.ErrUnknownName) {
			return mfa.UsageError(fieldAt(wrong.JSONPointer), "no such field")
		}
		return mfa.UsageError(fieldAt(wrong.JSONPointer), "of the wrong type")
	}
	if wrong, is := errors.AsType[*jsontext.SyntacticError](err); is && errors.Is(wrong, jsontext.ErrDuplicateName) {
		return mfa.UsageError(fieldAt(wrong.JSONPointer), "given twice")
	}
	return mfa.UsageError("body", "not well-formed JSON in UTF-8")
}

// fieldAt names a place in a body by the names that lead to it: params.digits. It
// is the caller's own text, so it is cut short and what could be more than a name
// is left out.
func fieldAt(place jsontext.Pointer) string {
	path := strings.ReplaceAll(strings.Trim(string(place), "/"), "/", ".")
	path = strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, path)
	if path == "" {
		return "body"
	}
	return path[:min(len(path), 64)]
}
