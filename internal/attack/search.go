package main

import (
	"cmp"
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

	found    func()       // is called at each attack, if it is set
	tried    atomic.Int64 // acts
	mu       sync.Mutex
	attacks  []node
	accepted map[string]node // the shortest sequence by what became possible
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
	knew := maps.Clone(w.known)
	if a.do(ctx, w) != nil {
		return false
	}
	for victim, k := range w.known {
		if a.teaches != victim && k.learned(knew[victim]) {
			panic("the act teaches a secret and does not say so: " + a.name) // or the last act of a sequence is left out
		}
	}
	w.sequence = append(w.sequence, a.name)
	return true
}

// judged makes a node of a world, and looks whether it is an attack.
func (s *search) judged(ctx context.Context, w *world) node {
	next := w.node()
	if w.suspicious() || w.couldVerify() {
		attack, accepted := s.lab.open(next).judge(ctx)
		s.note(&next, attack, accepted)
	}
	return next
}

func (s *search) note(n *node, attack, accepted string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n.attack, n.accepted = attack, accepted
	if attack != "" {
		if s.attacks = append(s.attacks, *n); s.found != nil {
			s.found()
		}
	}
	if known, ok := s.accepted[accepted]; accepted != "" && (!ok || len(known.sequence) > len(n.sequence)) {
		s.accepted[accepted] = *n
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
		next, err := s.expand(ctx, level, seen, d == depth)
		if err != nil {
			return err
		}
		s.say("depth %d: %d states, %d acts tried so far, %d attacks\n", d, len(next), s.tried.Load(), len(s.attacks))
		level = next
	}
	return nil
}

// expand does every act in every state of a level, on all processors.
func (s *search) expand(ctx context.Context, level []node, seen *seen, last bool) (out []node, failed error) {
	var mu sync.Mutex
	s.parallel(len(level), func(i int) {
		if ctx.Err() != nil {
			return
		}
		next, err := s.children(ctx, level[i], seen, last)
		mu.Lock()
		defer mu.Unlock()
		out, failed = append(out, next...), errors.Join(failed, err)
	})
	return out, errors.Join(failed, ctx.Err())
}

// children returns the states that one act leads to, without those that were seen and
// without attacks. Of the last act of a sequence no state is needed, and it can only be one
// that makes an attack.
func (s *search) children(ctx context.Context, n node, seen *seen, last bool) (out []node, _ error) {
	for _, a := range s.acts {
		if last && !a.maySucceed(n) {
			continue
		}
		w := s.lab.open(n)
		if !s.do(ctx, w, a) {
			continue
		}
		if last {
			s.judged(ctx, w)
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

// random does long sequences of acts that are not refused, on all processors. Each depends on
// the seed and its number alone, and has acts of its own: with few acts, those that belong
// together come together more often.
func (s *search) random(ctx context.Context, sequences, length int, seed uint64) error {
	s.parallel(sequences, func(i int) {
		r := rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // G404: to be repeated
		some := slices.DeleteFunc(slices.Clone(s.acts), func(act) bool { return r.IntN(3) != 0 })
		n := s.first
		for tries := 0; len(n.sequence) < length && n.attack == "" && len(some) > 0 && tries < 10*length && ctx.Err() == nil; tries++ {
			if next, ok := s.step(ctx, n, some[r.IntN(len(some))]); ok {
				n = next
			}
		}
	})
	s.say("%d random sequences, %d acts tried so far, %d attacks\n", sequences, s.tried.Load(), len(s.attacks))
	return ctx.Err()
}

// parallel does something for each number below n, on all processors.
func (s *search) parallel(n int, do func(i int)) {
	var wait sync.WaitGroup
	var next atomic.Int64
	for range runtime.NumCPU() {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}

// fixed tries the sequences that were attacks once. Each ends at the first act that is refused.
func (s *search) fixed(ctx context.Context) error {
	for _, row := range rows() {
		for _, name := range row {
			if _, known := s.named(name); !known {
				return fmt.Errorf("no act is called %q", name)
			}
		}
		s.replay(ctx, row)
	}
	s.say("%d fixed sequences, %d attacks\n", len(rows()), len(s.attacks))
	return nil
}

// named returns the act of a name.
func (s *search) named(name string) (act, bool) {
	i := slices.IndexFunc(s.acts, func(a act) bool { return a.name == name })
	if i < 0 {
		return act{}, false
	}
	return s.acts[i], true
}

// replay does acts one after the other, until one is refused or an attack.
func (s *search) replay(ctx context.Context, sequence []string) node {
	n := s.first
	for _, name := range sequence {
		a, _ := s.named(name)
		next, ok := s.step(ctx, n, a)
		if !ok || next.attack != "" || next.accepted != "" {
			return next
		}
		n = next
	}
	return n
}

// shrunk returns an attack, or what is accepted, without the acts that it does not need.
func (s *search) shrunk(ctx context.Context, n node) node {
	quiet := &search{out: io.Discard, lab: s.lab, first: s.first, acts: s.acts, accepted: map[string]node{}}
	for i := 0; i < len(n.sequence); {
		less := quiet.replay(ctx, slices.Delete(slices.Clone(n.sequence), i, i+1))
		if less.attack != n.attack || less.accepted != n.accepted {
			i++
			continue
		}
		n, i = less, 0
	}
	return n
}

// report prints the shortest attacks, and what is possible after a half has closed.
func (s *search) report(ctx context.Context) {
	for i, n := range s.attacks {
		s.attacks[i] = s.shrunk(ctx, n)
	}
	slices.SortFunc(s.attacks, func(a, b node) int {
		return cmp.Or(len(a.sequence)-len(b.sequence), slices.Compare(a.sequence, b.sequence))
	})
	s.attacks = slices.CompactFunc(s.attacks, func(a, b node) bool { return slices.Equal(a.sequence, b.sequence) })
	for i, n := range s.attacks {
		if i == 20 {
			s.say("and %d more\n", len(s.attacks)-i)
			break
		}
		s.say("ATTACK: %s:\n  %s\n", n.attack, strings.Join(n.sequence, "\n  "))
	}
	for _, what := range slices.Sorted(maps.Keys(s.accepted)) {
		s.say("accepted: %s:\n  %s\n", what, strings.Join(s.shrunk(ctx, s.accepted[what]).sequence, "\n  "))
	}
}
