package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mfactl/mfactl/internal/api"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/mfatest"
)

// newWorldWithout is a world without a store, for a service that needs none.
func newWorldWithout(t *testing.T) *world {
	t.Helper()
	return &world{t: t, clock: mfatest.NewClock(time.Date(2026, 3, 14, 9, 26, 40, 0, time.UTC))}
}

// unknownUsers is a handler of a service that has no user.
func unknownUsers(t *testing.T, from func(*http.Request) mfa.Provenance) *api.Handler {
	t.Helper()
	nobody := answering{whoAmI: func(context.Context) (mfa.Identity, error) {
		return mfa.Identity{}, &mfa.Error{Code: mfa.Unauthenticated}
	}}
	return api.NewHandler(nobody, api.Options{Clock: newWorldWithout(t).clock.Now, From: from})
}

// A client with many addresses does not have the tries of one of them forgotten by coming
// from the others; what is remembered has its bound all the same.
func TestManyAddressesForgiveNoneSoon(t *testing.T) {
	h := unknownUsers(t, api.From("test", api.Proxies{}))
	const half = 1 << 15 // of the addresses that are remembered
	one := func(int) *http.Request { return unknownToken("203.0.113.7:1") }
	others := func(from, n int) {
		for i := from; i < from+n; i++ {
			h.ServeHTTP(httptest.NewRecorder(), unknownToken(fmt.Sprintf("[2001:db8:%x:%x::1]:1", i>>16, i&0xffff)))
		}
	}
	if got := tries(t, h, one); got != 60 {
		t.Fatalf("%d tries", got)
	}
	others(0, half+1000)
	if got := tries(t, h, one); got != 0 {
		t.Errorf("%d more, after as many others as are remembered at least", got)
	}
	others(half+1000, 3*half)
	if got := tries(t, h, one); got != 60 {
		t.Errorf("%d, after more others than are remembered at most", got)
	}
}

// Each of the people of a socket is limited alone.
func TestThePeopleOfASocketAreLimitedEachAlone(t *testing.T) {
	uid := "1000"
	h := unknownUsers(t, func(*http.Request) mfa.Provenance { return mfa.Provenance{UID: uid} })
	next := func(int) *http.Request { return unknownToken("@") }
	for _, step := range []struct {
		uid  string
		want int
	}{{"1000", 60}, {"1000", 0}, {"1001", 60}, {"1000", 0}} {
		uid = step.uid
		if got := tries(t, h, next); got != step.want {
			t.Errorf("%s: %d tries, want %d", step.uid, got, step.want)
		}
	}
}
