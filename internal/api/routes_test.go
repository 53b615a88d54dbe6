package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
)

// Every method of the Service has one route, of its own types, and one rule.
func TestEveryMethodHasItsRoute(t *testing.T) {
	routes := api.Routes()
	service := reflect.TypeFor[mfa.Service]()
	if len(routes) != service.NumMethod() {
		t.Errorf("%d routes for %d methods", len(routes), service.NumMethod())
	}
	seen := map[string]bool{}
	for i, r := range routes {
		m, known := service.MethodByName(r.Rule.Method)
		switch {
		case !known:
			t.Errorf("route %d is of no method and no rule", i)
		case seen[m.Name]:
			t.Errorf("%s has two routes", m.Name)
		case m.Type.In(1) != r.Request || m.Type.Out(0) != r.Reply:
			t.Errorf("%s takes %v and gives %v, and its route %v and %v", m.Name, m.Type.In(1), m.Type.Out(0), r.Request, r.Reply)
		}
		seen[r.Rule.Method] = true
	}
}

// Every method of the client calls the route of its own name.
func TestEveryMethodOfTheClientCallsItsRoute(t *testing.T) {
	var path string
	s := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path
		w.Header().Set("Mfactl-Api", "3")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{}"))
	}))
	client := reflect.ValueOf(dial(t, s.URL, ""))
	for _, r := range api.Routes() {
		client.MethodByName(r.Rule.Method).Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.Zero(r.Request)})
		if path != "/v3/"+r.Rule.Method {
			t.Errorf("%s calls %s", r.Rule.Method, path)
		}
	}
}

// answering is a Service whose WhoAmI is a function.
type answering struct {
	mfa.Service
	whoAmI func(context.Context) (mfa.Identity, error)
}

func (a answering) WhoAmI(ctx context.Context, _ mfa.WhoAmIRequest) (mfa.Identity, error) {
	return a.whoAmI(ctx)
}

// Every code that crosses the wire is the same on the other side, with its words.
func TestEveryErrorCrossesTheWireUnchanged(t *testing.T) {
	w := newWorld(t)
	at := time.Date(2026, 3, 14, 10, 0, 0, 123456000, time.UTC)
	for _, f := range mfa.Codes() {
		for name, e := range map[string]*mfa.Error{
			"as the table says": {Code: f.Code},
			"in words":          {Code: f.Code, Message: "because <of> \"this\" & that", Hint: "mfactl doctor", Field: "user", RetryAt: at},
		} {
			c := dial(t, listen(t, w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) { return mfa.Identity{}, e }})).URL, "")
			_, err := c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
			want := *e
			if f.HTTP == 0 { // it is of this side only
				want = mfa.Error{Code: mfa.Unavailable}
			}
			got := mfa.AsError(err)
			if got.RequestID == "" {
				t.Errorf("%s, %s: the error names no request", f.Code, name)
			}
			got.RequestID, got.Cause = "", nil
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("%s, %s: %+v", f.Code, name, *got)
			}
		}
	}
}

// A cause and a detail are for the log; they do not leave.
func TestWhatLiesBehindAnErrorStaysAtTheServer(t *testing.T) {
	w := newWorld(t)
	fault := mfa.Fault(context.DeadlineExceeded).WithDetail("canary-detail")
	s := listen(t, w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) { return mfa.Identity{}, fault }}))
	a := ask(t, s.URL, "WhoAmI", `{}`)
	a.hasNone(t, "deadline", "canary-detail")
	if logged := w.logged(1); len(logged) != 1 || logged[0].Cause == nil || logged[0].RequestID == "" {
		t.Errorf("the log has %+v", logged)
	}
}

// A panic is answered, tells nothing of what it held, and is in the log.
func TestAPanicIsAnsweredAndToldInTheLogAlone(t *testing.T) {
	w := newWorld(t)
	s := listen(t, w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) { panic("canary-panic") }}))
	for range 2 { // the server goes on
		a := ask(t, s.URL, "WhoAmI", `{}`)
		a.hasNone(t, "canary-panic", "goroutine")
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || a.status != http.StatusInternalServerError || p.Code != mfa.Internal || p.RequestID == "" {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if logged := w.logged(2); len(logged) != 2 || logged[0].Cause == nil {
		t.Errorf("the log has %+v", logged)
	}
}

// How long a request took is how long the service did, and not a slow client.
func TestTheLogIsToldHowLongARequestTook(t *testing.T) {
	w := newWorldWithout(t)
	s := listen(t, w.handler(answering{whoAmI: func(context.Context) (mfa.Identity, error) {
		w.clock.Advance(3 * time.Second)
		return mfa.Identity{}, nil
	}}))
	ask(t, s.URL, "WhoAmI", `{}`)
	if took := w.logged(1)[0].Took; took != 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

// No client waits for the log: the answer is whole before it is logged. That shows as well that
// every answer has its length.
func TestAnAnswerIsThereBeforeItsLineInTheLog(t *testing.T) {
	w := newWorldWithout(t)
	read := make(chan struct{})
	told := func(api.Served) {
		select {
		case <-read:
		case <-time.After(10 * time.Second):
			t.Error("an answer waits for its line in the log")
		}
	}
	h := api.NewHandler(answering{whoAmI: func(context.Context) (mfa.Identity, error) { return mfa.Identity{}, nil }}, api.Options{
		Clock: w.clock.Now, From: api.From("test", api.Proxies{}), Served: told,
	})
	s := listen(t, h)
	for path, status := range map[string]int{"/v1/WhoAmI": http.StatusOK, "/v1/Nothing": http.StatusNotFound} {
		r := request(t, s.URL, strings.TrimPrefix(path, "/v1/"), strings.NewReader("{}"))
		a := send(t, r)
		if a.status != status || a.head.Get("Content-Length") != strconv.Itoa(len(a.body)) {
			t.Errorf("%s: %d, Content-Length %q of %d", path, a.status, a.head.Get("Content-Length"), len(a.body))
		}
		select {
		case read <- struct{}{}:
		case <-time.After(10 * time.Second):
			t.Fatal("the log was not told")
		}
	}
}
