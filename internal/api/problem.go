package api

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// problemType is what an error is sent as (RFC 9457).
const problemType = "application/problem+json"

// Problem is an error on the wire (RFC 9457 §3). The client goes by its code alone,
// never by the status.
type Problem struct {
	Type      string    `json:"type"` // always about:blank: the code says it all
	Title     string    `json:"title"`
	Status    int       `json:"status"`
	Detail    string    `json:"detail"` // why, as a person reads it
	Code      mfa.Code  `json:"code"`
	Hint      string    `json:"hint,omitempty"`
	Field     string    `json:"field,omitempty"` // at fault, for usage
	RetryAt   time.Time `json:"retry_at,omitzero"`
	RequestID string    `json:"request_id,omitempty"` // what to look for in the server's log
}

// problemOf makes a problem of an error. A code that does not cross the wire is
// the server going away under the call. The hint that goes with a code stays on
// either side: it is for who types commands, and not every client is one.
func problemOf(e *mfa.Error, requestID string) Problem {
	f := e.Code.Facts()
	if f.HTTP == 0 {
		e = &mfa.Error{Code: mfa.Unavailable}
		f = e.Code.Facts()
	}
	return Problem{
		Type: "about:blank", Title: f.Title, Status: f.HTTP, Detail: e.Error(),
		Code: f.Code, Hint: e.Hint, Field: e.Field, RetryAt: e.RetryAt.UTC(), RequestID: requestID,
	}
}

// retryAfter is how many seconds a client that reads only headers should wait.
func (p Problem) retryAfter(now time.Time) int {
	if p.RetryAt.IsZero() {
		return 1
	}
	return max(1, int(p.RetryAt.Sub(now)/time.Second)+1)
}

// head sets the headers that go with the code (RFC 9110 §10.2.3, §11.6.1).
func (p Problem) head(h http.Header, now time.Time) {
	if p.Code == mfa.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if p.Code.SaysWhen() {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter(now)))
	}
}

// parseProblem rebuilds the error a server told. What is no problem of ours is nil.
func parseProblem(body []byte) *mfa.Error {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		return nil
	}
	f := p.Code.Facts()
	if f.Code != p.Code || f.HTTP == 0 {
		return mfa.Errorf(mfa.Internal, "the server answers with an error this version does not know")
	}
	e := &mfa.Error{Code: p.Code, Message: p.Detail, Hint: p.Hint, Field: p.Field, RetryAt: p.RetryAt}
	if isRequestID(p.RequestID) {
		e.RequestID = p.RequestID
	}
	if e.Message == f.Title {
		e.Message = ""
	}
	if e.Hint == f.Hint {
		e.Hint = ""
	}
	return e
}

// isRequestID reports whether a text can be the name of a request, as [rand.Text]
// draws it: what a person must look for is no place for a server's own words.
func isRequestID(text string) bool {
	return len(text) == len(rand.Text()) && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}
