package seal

import (
	"context"
	"slices"
	"sync"
)

// line is one of the two lines in which calls of a [Hasher] wait.
type line int

const (
	common line = iota
	apart
)

// queue hands out the slots of a [Hasher]. If calls wait in both lines, a slot that becomes
// free goes to the line that did not get the one before.
type queue struct {
	mu      sync.Mutex
	free    int                // slots
	room    [2]int             // how many more calls of a line may run or wait
	waiting [2][]chan struct{} // the calls that wait, first come first; closed when one gets its slot
	last    line               // which line got the last slot
}

func newQueue(slots, queued int) *queue {
	return &queue{free: slots, room: [2]int{slots + queued, slots + queued}}
}

// enter waits for a slot. It reports false if too many wait in the line already, or if ctx
// ends first.
func (q *queue) enter(ctx context.Context, l line) bool {
	mine, ok := q.join(l)
	if !ok {
		return false
	}
	select {
	case <-mine:
		return true
	case <-ctx.Done():
	}
	if !q.giveUp(l, mine) { // the slot came meanwhile
		q.leave(l)
	}
	return false
}

// join returns what is closed once the call has its slot.
func (q *queue) join(l line) (mine chan struct{}, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.room[l] == 0 {
		return nil, false
	}
	q.room[l]--
	mine = make(chan struct{})
	if q.free > 0 {
		q.free--
		q.last = l
		close(mine)
	} else {
		q.waiting[l] = append(q.waiting[l], mine)
	}
	return mine, true
}

// giveUp takes a call out of its line. It reports false if the call has its slot.
func (q *queue) giveUp(l line, mine chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting[l], mine)
	if i < 0 {
		return false
	}
	q.waiting[l] = slices.Delete(q.waiting[l], i, i+1)
	q.room[l]++
	return true
}

// leave gives a slot back, or to the call that is next.
func (q *queue) leave(l line) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.room[l]++
	next := common
	if q.last == common {
		next = apart
	}
	if len(q.waiting[next]) == 0 {
		next = q.last
	}
	if len(q.waiting[next]) == 0 {
		q.free++
		return
	}
	close(q.waiting[next][0])
	q.waiting[next] = q.waiting[next][1:]
	q.last = next
}
