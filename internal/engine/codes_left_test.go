package engine

import (
	"fmt"
	"testing"
)

func TestWhatIsCountedIsBounded(t *testing.T) {
	var c counts
	for i := range 2*maxCounts + 1 {
		mac := fmt.Append(nil, i)
		c.keep(mac, i)
		if n, known := c.of(mac); !known || n != i || len(c.known) > maxCounts {
			t.Fatalf("%d, %v of %d", n, known, len(c.known))
		}
	}
	if _, known := c.of([]byte("0")); known {
		t.Error("the first is still there")
	}
}
