package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// maxBody bounds a request, in bytes.
const maxBody = 64 << 10

// Names of headers of ours.
const (
	headerAPI     = "Mfactl-Api"        // marks an answer as one of this wire
	headerRequest = "Mfactl-Request-Id" // names the request in the server's log
	headerClient  = "Mfactl-Client"     // what a client says of itself
	headerKey     = "Idempotency-Key"
)

// Served is one request that was answered: what a log and a metric need. It holds
// no secret and no name of a user.
type Served struct {
	RequestID string
	Method    string // of the Service; empty where there is no such
	Status    int
	Code      mfa.Code // empty for a success
	From      mfa.Provenance
	Took      time.Duration
	Cause     error // behind an internal error or damage
}

// Options are what a Handler gets from its surroundings.
type Options struct {
	Clock func() time.Time
	// From says where a request comes from, by the verified connection; see
	// [mfa.Provenance].
	From func(*http.Request) mfa.Provenance
	// Tries is how many sign-ins one address may try at once, 60 by default; then it is
	// one a second.
	Tries int
	// Served is called for every request after its answer was sent; it may be nil.
	Served func(Served)
}

// Handler serves a Service. It may be used by many goroutines at once.
type Handler struct {
	service mfa.Service
	routes  map[string]Route // by method
	limits  *limits
	admit   func(*http.Request) *mfa.Error // decides whose requests are read; nil: everybody's
	o       Options
}

// NewHandler returns a handler of a service.
func NewHandler(s mfa.Service, o Options) *Handler {
	h := &Handler{service: s, routes: map[string]Route{}, limits: newLimits(o.Clock, cmp.Or(o.Tries, triesAtOnce)), o: o}
	for _, r := range Routes() {
		h.routes[r.Rule.Method] = r
	}
	return h
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, began: h.o.Clock(), served: Served{RequestID: rand.Text()}}
	x.from = h.o.From(r)
	x.from.RequestID, x.from.Claimed = x.served.RequestID, claimed(r.Header.Get(headerClient))
	x.served.From = x.from
	head := w.Header()
	head.Set(headerAPI, wireVersion)
	head.Set(headerRequest, x.served.RequestID)
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	x.answer()
	if h.o.Served != nil {
		x.served.Took = h.o.Clock().Sub(x.began)
		_ = http.NewResponseController(w).Flush() // no client waits for a log
		h.o.Served(x.served)
	}
}

// exchange is one request on its way to its answer.
type exchange struct {
	h      *Handler
	w      http.ResponseWriter
	r      *http.Request
	began  time.Time
	from   mfa.Provenance
	served Served
}

// answer finds the route and writes what came of it.
func (x *exchange) answer() {
	raw := x.r.URL.EscapedPath() // as it was sent: no other spelling of a path is a path of ours
	if x.h.admit == nil && raw == descriptionPath && (x.r.Method == http.MethodGet || x.r.Method == http.MethodHead) {
		x.succeed(description)
		return
	}
	path, versioned := strings.CutPrefix(raw, "/v")
	version, method, _ := strings.Cut(path, "/")
	route, known := x.h.routes[method]
	if known = known && versioned; !known || !accepts(version, x.r.UserAgent()) {
		x.unread()
		e := mfa.Errorf(mfa.Usage, "the server has no such method")
		if known {
			e = mfa.Errorf(mfa.Usage, "the request is of version %.10q of the API, and the server of version %s", version, wireVersion)
		}
		x.refuse(http.StatusNotFound, e.WithHint("%s", otherVersions))
		return
	}
	x.served.Method = route.Rule.Method
	if x.r.Method != http.MethodPost {
		x.unread()
		x.w.Header().Set("Allow", http.MethodPost)
		x.refuse(http.StatusMethodNotAllowed, mfa.Errorf(mfa.Usage, "every method is called with POST"))
		return
	}
	if x.h.admit != nil {
		if e := x.h.admit(x.r); e != nil {
			x.unread()
			x.refuse(0, e)
			return
		}
	}
	status, body, bad := x.read()
	if bad != nil {
		x.unread()
	}
	out, err := x.call(route, body, bad)
	if err == nil {
		x.succeed(out)
		return
	}
	e := mfa.AsError(err)
	if e != bad {
		status = 0
	}
	x.refuse(status, e)
}

// unread says that what is left of the body is not read: else the answer would wait for it.
func (x *exchange) unread() { x.w.Header().Set("Connection", "close") }

// read reads the body. What is not plain JSON of bounded length is not read at all.
func (x *exchange) read() (status int, body []byte, _ *mfa.Error) {
	if x.r.Header.Get("Content-Encoding") != "" {
		return http.StatusUnsupportedMediaType, nil, mfa.UsageError("Content-Encoding", "a body is never compressed")
	}
	if x.r.ContentLength > maxBody {
		return tooLong()
	}
	got := bytes.NewBuffer(make([]byte, 0, max(0, x.r.ContentLength)+bytes.MinRead)) // so that it need not grow
	_, err := got.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, maxBody))
	body = got.Bytes()
	if _, is := errors.AsType[*http.MaxBytesError](err); is {
		return tooLong()
	}
	if err != nil {
		return http.StatusBadRequest, nil, mfa.UsageError("body", "not received in full").WithCause(err)
	}
	kind, of, err := mime.ParseMediaType(x.r.Header.Get("Content-Type"))
	if len(body) > 0 && (err != nil || kind != "application/json" || of["charset"] != "" && !strings.EqualFold(of["charset"], "utf-8")) {
		return http.StatusUnsupportedMediaType, nil, mfa.UsageError("Content-Type", "not application/json in UTF-8")
	}
	return 0, body, nil
}

func tooLong() (int, []byte, *mfa.Error) {
	return http.StatusRequestEntityTooLarge, nil, mfa.UsageError("body", "longer than %d bytes", maxBody)
}

// call gives the request to the service, within the limits of the caller's address, or refuses
// what is bad about its body. A panic becomes a fault like any other; what it held is for the
// log alone.
func (x *exchange) call(route Route, body []byte, bad *mfa.Error) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, mfa.Fault(fmt.Errorf("panic: %T at %s", p, debug.Stack()))
		}
	}()
	call, err := x.callOf()
	if err != nil {
		return nil, err
	}
	if err := x.h.limits.barred(call.Token); err != nil {
		return nil, err
	}
	if bad == nil {
		call.Key, bad = x.keyOf(route.Rule)
	}
	limit, signsIn := x.h.limits.of(x.from), route.Rule.SignsIn()
	if signsIn {
		if bad != nil {
			return nil, bad
		}
		if err := limit.pay(); err != nil {
			return nil, err
		}
	}
	call.OverLimit = !signsIn && limit.overLimit()
	if !call.OverLimit {
		call.TurnedAway = int(limit.turnedAway.Swap(0))
		defer func() { limit.keep(call.TurnedAway, signsIn, err) }()
	}
	out, err = x.serve(mfa.WithCall(x.r.Context(), call), route, body, bad)
	switch {
	case !signsIn && errors.Is(err, mfa.Unauthenticated):
		err = cmp.Or(limit.pay(), err)
	case !call.Token.IsZero() && bearersFault(err):
		x.h.limits.refused(call.Token)
	}
	return out, err
}

// serve has the service answer. What is wrong about a request is shown only to callers who
// are signed in, if its method needs that; others get the answer that they are not.
func (x *exchange) serve(ctx context.Context, route Route, body []byte, bad *mfa.Error) (out []byte, err error) {
	if bad == nil {
		out, err = route.serve(ctx, x.h.service, body)
		if !errors.Is(err, mfa.Usage) || route.Rule.SignsIn() {
			return out, err
		}
		bad = mfa.AsError(err)
	}
	if _, unknown := x.h.service.WhoAmI(ctx, mfa.WhoAmIRequest{}); unknown != nil {
		return nil, unknown
	}
	return nil, bad
}

// bearersFault reports a refusal that says nothing of whom it would have been done to:
// else one user of an application could have its token refused for all the others.
func bearersFault(err error) bool {
	e := mfa.AsError(err)
	return err != nil && e.Code == mfa.Forbidden && e.Detail == string(mfa.ActAuthzDeny)
}

// callOf is what the headers say of who asks.
func (x *exchange) callOf() (mfa.Call, error) {
	call := mfa.Call{From: x.from}
	if given := x.r.Header.Values("Authorization"); len(given) > 0 {
		scheme, token, ok := strings.Cut(given[0], " ")
		if len(given) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
			return call, mfa.Errorf(mfa.Unauthenticated, "the Authorization header is not of the form: Bearer TOKEN")
		}
		call.Token = mfa.NewSecret(token)
	}
	return call, nil
}

// keyOf is the idempotency key of a call that may change something.
func (x *exchange) keyOf(rule mfa.Rule) (none mfa.Secret, _ *mfa.Error) {
	if !rule.Changes {
		return none, nil
	}
	given := x.r.Header.Values(headerKey)
	if len(given) == 0 && rule.KeyOptional {
		return none, nil
	}
	key, err := url.PathUnescape(strings.Join(given, ""))
	if err != nil || key == "" || len(given) > 1 {
		return none, mfa.UsageError(headerKey, "missing, malformed or given twice, and %s may change something", rule.Method).
			WithHint("send a header Idempotency-Key with at least 128 random bits, a new one for each request that is no retry")
	}
	return mfa.NewSecret(key), nil
}

func (x *exchange) succeed(body []byte) {
	x.served.Status = http.StatusOK
	write(x.w, http.StatusOK, "application/json", body)
}

// write writes a whole answer: without its length a cut could look like the end.
func write(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // who does not read it asks again under the same key
}

// refuse writes an error; a status of 0 is that of its code.
func (x *exchange) refuse(status int, e *mfa.Error) {
	p := problemOf(e, x.served.RequestID)
	if status != 0 {
		p.Status = status
	}
	x.served.Status, x.served.Code = p.Status, p.Code
	if p.Code.LogsCause() {
		x.served.Cause = cmp.Or(e.Cause, error(e))
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // it holds plain data only
	}
	p.head(x.w.Header(), x.h.o.Clock())
	write(x.w, p.Status, problemType, body)
}

// maxClaim bounds what a client may say of itself, in characters.
const maxClaim = 300

// claimed is what a client says of itself, as far as it is printable ASCII.
func claimed(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), maxClaim)]
}
