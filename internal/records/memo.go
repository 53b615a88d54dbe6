package records

import "sync"

// Memo caches values that were derived from verified records, by their MACs: a record of
// another state has another MAC.
type Memo[T any] struct {
	mu    sync.Mutex
	known map[string]T
}

// maxMemo bounds what is remembered; where that is full, all is forgotten.
const maxMemo = 4096

// Of returns the value of a MAC, or derives it. An error is not remembered.
func (m *Memo[T]) Of(mac string, from func() (T, error)) (T, error) {
	m.mu.Lock()
	v, known := m.known[mac]
	m.mu.Unlock()
	if known {
		return v, nil
	}
	v, err := from()
	if err == nil {
		m.keep(mac, v)
	}
	return v, err
}

func (m *Memo[T]) keep(mac string, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxMemo {
		m.known = map[string]T{}
	}
	m.known[mac] = v
}
