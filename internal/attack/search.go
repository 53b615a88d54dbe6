package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// search is one run.
type search struct {
	lab   *lab
	out   io.Writer
	first node
	acts  []act

	tried    atomic.Int64 // acts
	mu       sync.Mutex
	attacks  []node
	accepted map[string][]string // the shortest sequence by what became possible
}

// say prints a line of progress or of the result.
func (s *search) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }

// step does one act in a state. ok is false if the act was refused.
func (s *search) step(ctx context.Context, n node, a act) (next node, ok bool) {
	w := s.lab.open(n)
	if !s.do(ctx, w, a) {
		return next, false
	}
	return s.judged(ctx, w), true
}

// do does one act and reports whether it was allowed.
func (s *search) do(ctx context.Context, w *world, a act) bool {
	s.tried.Add(1)
	w.clock.Advance(time.Second) // no two acts have the same time, so their order is always the same
	if a.do(ctx, w) != nil {
		return false
	}
	w.sequence = append(w.sequence, a.name)
	return true
}

// judged makes a node of a world, and looks whether it is an attack.
func (s *search) judged(ctx context.Context, w *world) node {
	next := w.node()
	if w.suspicious() {
		attack, accepted := s.lab.open(next).judge(ctx)
		s.note(&next, attack, accepted)
	}
	return next
}

func (s *search) note(n *node, attack, accepted string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if attack != "" {
		n.attack = attack
		s.attacks = append(s.attacks, *n)
	}
	if known, ok := s.accepted[accepted]; accepted != "" && (!ok || len(known) > len(n.sequence)) {
		s.accepted[accepted] = n.sequence
	}
}

// breadth tries every sequence up to a depth; a state that was seen before is not looked at
// again, and an attack is not continued.
func (s *search) breadth(ctx context.Context, depth int) error {
	seen := &seen{marks: map[mark]bool{}}
	first, err := s.lab.open(s.first).fingerprint(ctx)
	if err != nil {
		return err
	}
	seen.add(first)
	level := []node{s.first}
	for d := 1; d <= depth; d++ {
		next, err := s.expand(ctx, level, seen)
		if err != nil {
			return err
		}
		s.say("depth %d: %d states, %d acts tried so far, %d attacks\n", d, len(next), s.tried.Load(), len(s.attacks))
		level = next
	}
	return nil
}

// expand does every act in every state of a level, on all processors.
func (s *search) expand(ctx context.Context, level []node, seen *seen) ([]node, error) {
	jobs, wait := make(chan node), sync.WaitGroup{}
	var mu sync.Mutex
	var out []node
	var failed error
	for range runtime.NumCPU() {
		wait.Go(func() {
			for n := range jobs {
				next, err := s.children(ctx, n, seen)
				mu.Lock()
				failed = errors.Join(failed, err)
				out = append(out, next...)
				mu.Unlock()
			}
		})
	}
	for _, n := range level {
		if ctx.Err() == nil {
			jobs <- n
		}
	}
	close(jobs)
	wait.Wait()
	return out, errors.Join(failed, ctx.Err())
}

// children returns the states that one act leads to, without those that were seen and
// without attacks.
func (s *search) children(ctx context.Context, n node, seen *seen) (out []node, _ error) {
	for _, a := range s.acts {
		w := s.lab.open(n)
		if !s.do(ctx, w, a) {
			continue
		}
		mark, err := w.fingerprint(ctx)
		if err != nil {
			return out, err
		}
		if !seen.add(mark) {
			continue
		}
		if next := s.judged(ctx, w); next.attack == "" {
			out = append(out, next)
		}
	}
	return out, nil
}

// seen are the fingerprints of states.
type seen struct {
	mu    sync.Mutex
	marks map[mark]bool
}

// add reports whether a state is new.
func (s *seen) add(m mark) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks[m] {
		return false
	}
	s.marks[m] = true
	return true
}

// random does long sequences of acts that are not refused.
func (s *search) random(ctx context.Context, sequences, length int, r *rand.Rand) error {
	for range sequences {
		n := s.first
		for tries := 0; len(n.sequence) < length && tries < 10*length; tries++ {
			next, ok := s.step(ctx, n, s.acts[r.IntN(len(s.acts))])
			if !ok {
				continue
			}
			if n = next; n.attack != "" {
				break
			}
		}
	}
	s.say("%d random sequences, %d acts tried so far, %d attacks\n", sequences, s.tried.Load(), len(s.attacks))
	return nil
}

// fixed tries the sequences that were attacks once. Each ends at the first act that is refused.
func (s *search) fixed(ctx context.Context) error {
	byName := map[string]act{}
	for _, a := range s.acts {
		byName[a.name] = a
	}
	for _, row := range rows() {
		n := s.first
		for _, name := range row {
			a, known := byName[name]
			if !known {
				return fmt.Errorf("no act is called %q", name)
			}
			next, ok := s.step(ctx, n, a)
			if !ok {
				break
			}
			n = next
		}
	}
	s.say("%d fixed sequences, %d attacks\n", len(rows()), len(s.attacks))
	return nil
}

// report prints the shortest attacks, and what is possible after a half has closed.
func (s *search) report() {
	slices.SortFunc(s.attacks, func(a, b node) int { return len(a.sequence) - len(b.sequence) })
	for i, n := range s.attacks {
		if i == 20 {
			s.say("and %d more\n", len(s.attacks)-i)
			break
		}
		s.say("ATTACK: %s:\n  %s\n", n.attack, strings.Join(n.sequence, "\n  "))
	}
	for _, what := range slices.Sorted(maps.Keys(s.accepted)) {
		s.say("accepted: %s:\n  %s\n", what, strings.Join(s.accepted[what], "\n  "))
	}
}
