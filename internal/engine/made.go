package engine

import "sync"

// made remembers what was made of records, by their MACs, which were verified: a record of
// another state has another MAC.
type made[T any] struct {
	mu    sync.Mutex
	known map[string]T
}

// maxMade bounds what is remembered; where that is full, all is forgotten.
const maxMade = 4096

// of returns what was made under a MAC, or makes it. What cannot be made is not
// remembered.
func (m *made[T]) of(mac string, from func() (T, error)) (T, error) {
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

func (m *made[T]) keep(mac string, v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxMade {
		m.known = map[string]T{}
	}
	m.known[mac] = v
}
