package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// O10: of an address that is refused without end before sign-in, ten refusals of a minute have
// an event each, and all others, also those that its limit turned away, one with their count.
// The count outlives the server.
func TestRefusalsBeforeSignInBecomeOneEventWithACount(t *testing.T) {
	w := newWorld(t)
	serve := func(e *engine.Engine) *httptest.Server {
		s := httptest.NewServer(api.NewHandler(e, api.Options{Clock: w.clock.Now, From: api.From("test", api.Proxies{})}))
		t.Cleanup(s.Close)
		return s
	}
	s := serve(w.engine)
	login := func(n int) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v2/Login",
			strings.NewReader(fmt.Sprintf(`{"email":"nobody%d@acme.example","password":"none at all"}`, n)))
		w.ok(err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("0123456789abcdef012345%d", n))
		answer, err := http.DefaultClient.Do(r)
		w.ok(err)
		w.ok(answer.Body.Close())
		return answer.StatusCode
	}
	w.clock.Set(w.clock.Now().Truncate(time.Minute).Add(time.Minute))
	before := w.count(mfa.ActAuthFail)
	answers := map[int]int{}
	for n := range 80 {
		answers[login(n)]++
	}
	if answers[422] != 60 || answers[429] != 20 {
		t.Errorf("answers by status: %v", answers)
	}
	w.clock.Advance(time.Second)
	if status := login(80); status != 422 {
		t.Errorf("a second later: %d", status)
	}
	if n := w.count(mfa.ActAuthFail) - before; n != 10 {
		t.Errorf("%d refusals have an event of their own, want 10", n)
	}
	if n := w.count(mfa.ActRefusals); n != 0 {
		t.Errorf("%d events before the minute is over", n)
	}

	s.Close() // the next server tells what this one counted
	w.ok(w.store.Close())
	st, err := store.Open(t.Context(), w.path, store.Options{Clock: w.clock.Now})
	w.over(t, st, err)
	s = serve(w.engine)
	w.clock.Advance(time.Minute)
	w.ok(w.engine.Sweep(t.Context()))
	w.ok(w.engine.Sweep(t.Context())) // once
	page, err := w.engine.ListEvents(w.ctx(), mfa.ListEventsRequest{Actions: []mfa.Action{mfa.ActRefusals}})
	w.ok(err)
	if len(page.Items) != 1 {
		t.Fatalf("%d events, want 1", len(page.Items))
	}
	ev := page.Items[0]
	if !strings.HasPrefix(ev.Note, "71 more refusals from 127.0.0.1 in the minute from ") || ev.From.Address != "127.0.0.1" || ev.Actor != "" {
		t.Errorf("%+v", ev)
	}
	if login(81); w.count(mfa.ActAuthFail)-before != 11 {
		t.Error("the first refusal of another minute has no event of its own")
	}
}
