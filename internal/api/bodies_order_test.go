package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Bodies and keys are judged after the caller: a caller without a session learns only that they
// are not signed in, whatever else is wrong, and a caller with one learns what is wrong.
func TestBodiesAreJudgedAfterTheirCaller(t *testing.T) {
	w := newWorld(t)
	url := listen(t, w.handler(w.engine)).URL
	wrong := map[string]struct {
		status int
		alter  func(r *http.Request)
		body   string
	}{
		"no JSON":          {400, nil, `{`},
		"an unknown field": {400, nil, `{"nonsense":1}`},
		"a bad reason":     {400, nil, `{"name":"some","email":"b@acme.example","user":"b@acme.example","reason":"\u0000"}`},
		"too long":         {413, nil, `{"name":"` + strings.Repeat("x", 64<<10) + `"}`},
		"compressed":       {415, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, `{}`},
		"another type":     {415, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, `{}`},
		"no key":           {400, func(r *http.Request) { r.Header.Del("Idempotency-Key") }, `{}`},
		"a short key":      {400, func(r *http.Request) { r.Header.Set("Idempotency-Key", "short") }, `{}`},
	}
	for _, rule := range mfa.Rules() {
		if rule.SignsIn() {
			continue
		}
		for name, c := range wrong {
			if strings.HasSuffix(name, "key") && (!rule.Changes || rule.KeyOptional) || name == "a bad reason" && rule.Method != "CreateUser" {
				continue
			}
			try := func(bearer string) reply {
				r := request(t, url, rule.Method, strings.NewReader(c.body))
				if c.alter != nil {
					c.alter(r)
				}
				if bearer != "" {
					r.Header.Set("Authorization", "Bearer "+bearer)
				}
				return send(t, r)
			}
			for _, bearer := range []string{"", "mfactl_s_0123456789"} {
				if a := try(bearer); a.status != http.StatusUnauthorized && a.status != http.StatusTooManyRequests {
					t.Errorf("%s, %s, bearer %q: %d %s", rule.Method, name, bearer, a.status, a.body)
				}
			}
			if a := try(w.token.Reveal()); a.status != c.status {
				t.Errorf("%s, %s, signed in: %d %s", rule.Method, name, a.status, a.body)
			}
		}
	}
}
