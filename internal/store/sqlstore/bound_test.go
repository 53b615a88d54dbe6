package sqlstore

import (
	"fmt"
	"testing"
)

// A memory is bounded, and forgets everything where it is full.
func TestAMemoryIsBounded(t *testing.T) {
	m := newMemory()
	for i := range 3 * maxAnswers {
		m.remember("a query", fmt.Sprint(i), []string{"x"})
		if n := len(m.answers["a query"]); n > maxAnswers || n != m.size {
			t.Fatalf("%d answers, %d counted", n, m.size)
		}
	}
}
