package seal

import (
	"context"
	"testing"
)

// has reports whether a call has its slot.
func has(mine chan struct{}) bool {
	select {
	case <-mine:
		return true
	default:
		return false
	}
}

// Calls of one line do not use up the room of the other, and do not wait behind it.
func TestTheLinesOfAQueueTakeTurns(t *testing.T) {
	q := newQueue(1, 3)
	var others []chan struct{}
	for range 4 {
		mine, ok := q.join(common)
		if !ok {
			t.Fatal("there is room for four")
		}
		others = append(others, mine)
	}
	if _, ok := q.join(common); ok {
		t.Error("a fifth got in")
	}
	first, ok := q.join(apart)
	second, still := q.join(apart)
	if !ok || !still || !has(others[0]) || has(others[1]) || has(first) {
		t.Fatal("one runs and the others wait")
	}
	order := []chan struct{}{first, others[1], second, others[2], others[3]}
	lines := []line{common, apart, common, apart, common}
	for i, next := range order {
		if has(next) {
			t.Errorf("number %d has its slot too early", i)
		}
		q.leave(lines[i])
		if !has(next) {
			t.Errorf("number %d has no slot", i)
		}
	}
	q.leave(common)
	if q.free != 1 || q.room != [2]int{4, 4} {
		t.Errorf("%d free, room %v", q.free, q.room)
	}
}

// A call that gives up leaves its place to others.
func TestACallThatGivesUpLeavesItsPlace(t *testing.T) {
	q := newQueue(1, 1)
	if !q.enter(t.Context(), common) {
		t.Fatal("there is a slot")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 3 {
		if q.enter(ctx, common) {
			t.Fatal("there were two slots")
		}
	}
	q.leave(common)
	if q.free != 1 || q.room != [2]int{2, 2} {
		t.Errorf("%d free, room %v", q.free, q.room)
	}
}
