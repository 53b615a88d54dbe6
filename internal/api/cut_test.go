package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mfactl/mfactl/internal/mfa"
)

// cutter stands before a server and cuts the connection at the first try of each
// request: of ten after the server has committed and before its answer seven times, and
// once each before the server has it, in the middle of the answer, or not at all.
type cutter struct {
	next http.Handler
	mu   sync.Mutex
	cut  map[string]int // by idempotency key
	ways [4]int
}

func (c *cutter) way(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, again := c.cut[key]; again {
		return 3
	}
	n := [10]int{0, 1, 1, 1, 1, 1, 1, 1, 2, 3}[len(c.cut)%10]
	c.cut[key] = n
	c.ways[n]++
	return n
}

func (c *cutter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	way := c.way(r.Header.Get("Idempotency-Key"))
	if way == 0 {
		panic(http.ErrAbortHandler)
	}
	rec := httptest.NewRecorder()
	c.next.ServeHTTP(rec, r)
	if way == 1 {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	if way == 2 {
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(rec.Body.Bytes())
}

// A connection that is cut after the commit and before the answer: each call has one
// effect, and its caller the right answer.
func TestACutConnectionHasOneEffectAndTheRightAnswer(t *testing.T) {
	calls := 1430 // of which a thousand are cut there
	if testing.Short() {
		calls = 100
	}
	w := newWorld(t)
	proxy := &cutter{next: w.handler(w.engine), cut: map[string]int{}}
	c := dial(t, listen(t, proxy).URL, "")
	var all sync.WaitGroup
	next := make(chan int)
	for range 4 {
		all.Go(func() {
			for n := range next {
				name := mfa.Role(fmt.Sprintf("role-%04d", n))
				out, err := c.CreateRole(w.ctx(), mfa.CreateRoleRequest{Name: name, Permissions: []mfa.Permission{mfa.UsersRead}, Password: mfa.NewSecret(adminPassword)})
				if err != nil || !out.Changed || out.Role.Name != name {
					t.Errorf("%s: %+v %v", name, out, err)
				}
				if _, err := c.DeleteRole(w.ctx(), mfa.DeleteRoleRequest{Name: name}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	for n := range calls / 2 {
		next <- n
	}
	close(next)
	all.Wait()
	effects := w.count(mfa.ActRoleCreate, mfa.ActRoleDelete)
	t.Logf("%d calls, cut %v, %d effects: %.3f a call", calls, proxy.ways, effects, float64(effects)/float64(calls))
	if effects != calls || len(proxy.cut) != calls || proxy.ways[1] < calls*7/10-1 || slices.Min(proxy.ways[:]) < calls/10-1 {
		t.Errorf("%d calls under %d keys, cut %v, had %d effects", calls, len(proxy.cut), proxy.ways, effects)
	}
}

// count is how many events of some actions there are.
func (w *world) count(actions ...mfa.Action) (n int) {
	w.t.Helper()
	var before int64
	for {
		page, err := w.engine.ListEvents(w.ctx(), mfa.ListEventsRequest{Actions: actions, Before: before})
		w.ok(err)
		n += len(page.Items)
		if before = page.Next; before == 0 {
			return n
		}
	}
}

// A client that never gets an answer reports that it is not known what happened, and finds the
// answer under the same key later.
func TestAnAnswerThatNeverComesIsUnknownAndCanBeHadLater(t *testing.T) {
	w := newWorld(t)
	h := w.handler(w.engine)
	var cut atomic.Bool
	cut.Store(true)
	url := listen(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if cut.Load() {
			panic(http.ErrAbortHandler)
		}
		out.Header().Set("Mfactl-Api", "3")
		out.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		_, _ = out.Write(rec.Body.Bytes())
	})).URL
	call := mfa.WithCall(t.Context(), mfa.Call{Token: w.token, Key: mfa.NewSecret("0123456789abcdefghijklmnop")})
	req := mfa.CreateUserRequest{Email: "bob@acme.example", Role: mfa.RoleMember}
	_, err := dial(t, url, "").CreateUser(call, req)
	code(t, err, mfa.Unknown)
	_, err = dial(t, url, "").WhoAmI(call, mfa.WhoAmIRequest{})
	code(t, err, mfa.Unavailable) // it asks for nothing that could have happened
	cut.Store(false)
	out, err := dial(t, url, "").CreateUser(call, req)
	w.ok(err)
	if !out.Changed || out.Code.IsZero() {
		t.Errorf("%+v", out)
	}
	if n := w.count(mfa.ActUserCreate); n != 1 {
		t.Errorf("%d accounts were made", n)
	}
}

// A server that is started again within some seconds is waited for.
func TestAServerThatIsStartedAgainIsWaitedFor(t *testing.T) {
	w := newWorld(t)
	h := w.handler(w.engine)
	var tries atomic.Int64
	c := dial(t, listen(t, http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if tries.Add(1) < 8 {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(out, r)
	})).URL, "")
	out, err := c.CreateRole(w.ctx(), mfa.CreateRoleRequest{Name: "desk", Permissions: []mfa.Permission{mfa.UsersRead}, Password: mfa.NewSecret(adminPassword)})
	if err != nil || !out.Changed {
		t.Errorf("after %d tries: %+v %v", tries.Load(), out, err)
	}
}

// What a server may say before it looks for the answer that it has kept tells nothing of
// a try before that was lost.
func TestARefusalAfterALostTryIsNoAnswer(t *testing.T) {
	for status, answer := range map[int]mfa.Code{429: mfa.Locked, 401: mfa.Unauthenticated, 500: mfa.Internal} {
		var tries atomic.Int64
		c := dial(t, listen(t, http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
			if tries.Add(1) == 1 {
				panic(http.ErrAbortHandler)
			}
			out.Header().Set("Mfactl-Api", "3")
			out.Header().Set("Content-Type", "application/problem+json")
			out.WriteHeader(status)
			_, _ = fmt.Fprintf(out, `{"type":"about:blank","title":"no","status":%d,"detail":"no","code":%q}`, status, answer)
		})).URL, "")
		_, err := c.DeleteRole(t.Context(), mfa.DeleteRoleRequest{Name: "desk"})
		code(t, err, mfa.Unknown)
		_, err = c.WhoAmI(t.Context(), mfa.WhoAmIRequest{})
		code(t, err, answer)
	}
}
