package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Probe is one thing that must be in order for requests to be served.
type Probe struct {
	Name  string
	Check func(context.Context) error
}

// probeEvery is how long the answer of the probes is used: any client may ask. probePatience is how long they may take.
const (
	probeEvery    = time.Second
	probePatience = 5 * time.Second
)

// health answers whether the process lives and whether it can serve.
type health struct {
	probes []Probe
	clock  func() time.Time
	one    singleflight.Group // so that one look is on its way at most
	at     time.Time
	last   []probed
}

// probed is what a probe found.
type probed struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// look tells what the probes find. They run for all who ask, at most once a second:
// who gives up ends none, and where one hangs nothing is ready.
func (h *health) look(ctx context.Context) (all []probed, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	select {
	case found := <-h.one.DoChan("", h.probe):
		all, _ = found.Val.([]probed)
	case <-ctx.Done():
		all = []probed{{Name: "probes", Detail: "there is no answer yet"}}
	}
	return all, !slices.ContainsFunc(all, func(p probed) bool { return !p.OK })
}

// probe runs the probes, or answers what they found within the last second.
func (h *health) probe() (any, error) {
	now := h.clock()
	if h.last != nil && now.Sub(h.at) < probeEvery {
		return h.last, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), probePatience)
	defer cancel()
	found := make([]probed, 0, len(h.probes))
	for _, p := range h.probes {
		one := probed{Name: p.Name, OK: true}
		if err := p.Check(ctx); err != nil {
			one.OK, one.Detail = false, mfa.AsError(err).Error()
		}
		found = append(found, one)
	}
	h.at, h.last = now, found
	return found, nil
}

// live answers /healthz: the process answers.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers /readyz. Only the admin address says in detail what is wrong.
func (h *health) ready(detail bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		all, ready := h.look(r.Context())
		out := struct {
			Ready  bool     `json:"ready"`
			Checks []probed `json:"checks,omitempty"`
		}{Ready: ready}
		if detail {
			out.Checks = all
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(out) // who does not read it has gone
	}
}
