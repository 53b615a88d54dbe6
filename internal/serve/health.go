package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Probe is one thing that must be in order for requests to be served.
type Probe struct {
	Name  string
	Check func(context.Context) error
}

// probeEvery is how long the answer of the probes stands: whoever asks may be
// anybody.
const probeEvery = time.Second

// health answers whether the process lives and whether it can serve.
type health struct {
	probes []Probe
	clock  func() time.Time
	mu     sync.Mutex
	at     time.Time
	last   []probed
}

// probed is what a probe found.
type probed struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// look runs the probes, at most once a second.
func (h *health) look(ctx context.Context) (all []probed, ready bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.clock(); h.last == nil || now.Sub(h.at) >= probeEvery {
		h.at, h.last = now, nil
		for _, p := range h.probes {
			one := probed{Name: p.Name, OK: true}
			if err := p.Check(ctx); err != nil {
				one.OK, one.Detail = false, mfa.AsError(err).Error()
			}
			h.last = append(h.last, one)
		}
	}
	ready = true
	for _, p := range h.last {
		ready = ready && p.OK
	}
	return h.last, ready
}

// live answers /healthz: the process answers.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// ready answers /readyz. What is wrong is told in detail only where the public does
// not come.
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
