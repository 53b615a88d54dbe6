package records

import (
	"errors"
	"strconv"
	"testing"
)

func TestWhatIsMadeOfRecordsIsMadeOnceAndBounded(t *testing.T) {
	var m Memo[int]
	times := 0
	of := func(mac string, v int, fails error) (int, error) {
		return m.Of(mac, func() (int, error) { times++; return v, fails })
	}
	if _, err := of("0", 1, errors.New("unreadable")); err == nil {
		t.Error("what fails was made")
	}
	for i := range 2*maxMemo + 1 {
		for range 2 {
			if n, err := of(strconv.Itoa(i), i, nil); n != i || err != nil || len(m.known) > maxMemo {
				t.Fatalf("%d of %d (%v)", n, len(m.known), err)
			}
		}
	}
	if n, _ := of("0", -1, nil); n != -1 || times != 2*maxMemo+3 {
		t.Errorf("the first is still there, or others were made twice: %d, %d", n, times)
	}
}
