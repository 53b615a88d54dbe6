package serve

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Metrics counts what was served, for the text format of Prometheus. It is our own:
// the libraries for it run code in every command before it starts, which takes
// longer than a look-up.
type Metrics struct {
	Version string

	mu      sync.Mutex
	served  map[[2]string]int64 // by method and code
	buckets [len(bounds)]int64  // requests that took at most so long
	count   int64
	sum     time.Duration
}

// bounds are the upper ends of the buckets of how long a request took: a look-up, a
// durable write, a password.
var bounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// Count counts a request by its method and the code it was answered with.
func (m *Metrics) Count(method, code string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.served == nil {
		m.served = map[[2]string]int64{}
	}
	m.served[[2]string{method, code}]++
	for i, b := range bounds {
		if took <= b {
			m.buckets[i]++
		}
	}
	m.count++
	m.sum += took
}

// text is everything in the text format, version 0.0.4.
func (m *Metrics) text(c *connLimiter, ready bool) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := &strings.Builder{}
	family(w, "mfactl_build_info", "gauge", "The version that runs.")
	fmt.Fprintf(w, "mfactl_build_info{version=%s,go=%s} 1\n", quoted(m.Version), quoted(runtime.Version()))
	family(w, "mfactl_ready", "gauge", "1 if requests can be served.")
	fmt.Fprintf(w, "mfactl_ready %d\n", map[bool]int{true: 1}[ready])
	waiting, busy, closed := c.count()
	family(w, "mfactl_connections", "gauge", "Connections, by whether a request is being served.")
	fmt.Fprintf(w, "mfactl_connections{state=\"waiting\"} %d\nmfactl_connections{state=\"busy\"} %d\n", waiting, busy)
	family(w, "mfactl_connections_cut_total", "counter", "Connections that were closed to make room.")
	fmt.Fprintf(w, "mfactl_connections_cut_total %d\n", closed)
	family(w, "mfactl_requests_total", "counter", "Requests, by method and the code of the answer.")
	for _, k := range slices.SortedFunc(maps.Keys(m.served), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(w, "mfactl_requests_total{method=%s,code=%s} %d\n", quoted(k[0]), quoted(k[1]), m.served[k])
	}
	family(w, "mfactl_request_duration_seconds", "histogram", "How long requests took.")
	for i, b := range bounds {
		fmt.Fprintf(w, "mfactl_request_duration_seconds_bucket{le=\"%g\"} %d\n", b.Seconds(), m.buckets[i])
	}
	fmt.Fprintf(w, "mfactl_request_duration_seconds_bucket{le=\"+Inf\"} %d\n", m.count)
	fmt.Fprintf(w, "mfactl_request_duration_seconds_sum %g\nmfactl_request_duration_seconds_count %d\n", m.sum.Seconds(), m.count)
	family(w, "go_goroutines", "gauge", "Goroutines.")
	fmt.Fprintf(w, "go_goroutines %d\n", runtime.NumGoroutine())
	return w.String()
}

func family(w *strings.Builder, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// quoted is a label's value.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
