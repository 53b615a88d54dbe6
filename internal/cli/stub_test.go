package cli_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// stub is a server that answers as a test says, and keeps what it was asked.
type stub struct {
	url string

	mu    sync.Mutex
	asked []question
}

// question is one request that a server got.
type question struct {
	method, key, token string
	body               map[string]any
}

// answering starts a server whose replies and errors f gives, one for each request.
func answering(t *testing.T, f func(q question) any) *stub {
	t.Helper()
	a := &stub{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := question{method: filepath.Base(r.URL.Path), key: r.Header.Get("Idempotency-Key"), token: r.Header.Get("Authorization")}
		_ = json.NewDecoder(r.Body).Decode(&q.body) // a request has a body, or the test sees that there is none
		a.mu.Lock()
		a.asked = append(a.asked, q)
		a.mu.Unlock()
		w.Header().Set("Mfactl-Api", "3")
		reply := f(q)
		if err, is := reply.(error); is {
			e, _ := errors.AsType[*mfa.Error](err)
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(e.Code.Facts().HTTP)
			_ = json.NewEncoder(w).Encode(map[string]any{"code": e.Code, "detail": e.Error(), "hint": e.Hint, "field": e.Field, "request_id": e.RequestID, "retry_at": e.RetryAt})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(mfa.Expose(reply))
	}))
	t.Cleanup(s.Close)
	a.url = s.URL
	return a
}

// questions are what the server was asked since the last time.
func (a *stub) questions() []question {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.asked
	a.asked = nil
	return all
}

// tokenOf is an API token made of one byte.
func tokenOf(b byte) string {
	return mfa.NewBearer(mfa.TokenPrefix, [mfa.BearerBytes]byte{b}).Reveal()
}

// at has all commands work at a server, by an API token.
func (d *desk) at(server *stub) *desk {
	d.env["MFACTL_SERVER"], d.env["MFACTL_TOKEN"] = server.url, tokenOf(1)
	return d
}
