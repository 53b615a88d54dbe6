package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// warmUp is how many rounds are run and not counted.
const warmUp = 5

// figure is one contender against the yardstick of its group.
type figure struct {
	name   string
	ratios []float64 // of each round; sorted
	ours   time.Duration
	theirs time.Duration
	memory int64 // peak resident set of ours in bytes; 0 if not known
	floor  int64 // that of the yardstick
	aside  bool  // not held against the goal
}

// median is the ratio that counts.
func (f figure) median() float64 { return middle(f.ratios) }

// sample is one program's times over all rounds.
type sample struct {
	times  []time.Duration
	memory int64
}

// interleave runs the yardstick and every contender once a round, each round
// beginning with another one and every other round backwards, so that what
// slows the machine for a while slows all of them.
func interleave(ctx context.Context, rounds int, yard program, contenders ...program) ([]figure, error) {
	all := append([]program{yard}, contenders...)
	for _, p := range all {
		if err := p.try(ctx); err != nil {
			return nil, err
		}
	}
	samples := make([]sample, len(all))
	for round := range rounds + warmUp {
		for i := range all {
			k := (i + round) % len(all)
			if round%2 == 1 {
				k = len(all) - 1 - k
			}
			took, memory, err := once(ctx, all[k])
			if err != nil {
				return nil, err
			}
			if round >= warmUp {
				samples[k].times = append(samples[k].times, took)
				samples[k].memory = max(samples[k].memory, memory)
			}
		}
	}
	var out []figure
	for i, p := range contenders {
		f := compare(p.name, samples[i+1], samples[0])
		f.aside = p.aside
		out = append(out, f)
	}
	return out, nil
}

// once is one process from its start to its end; what it prints is thrown away.
func once(ctx context.Context, p program) (time.Duration, int64, error) {
	if err := p.prepare(); err != nil {
		return 0, 0, err
	}
	cmd := p.command(ctx)
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", p.name, err)
	}
	return took, peakMemory(cmd.ProcessState), nil
}

func compare(name string, ours, theirs sample) figure {
	f := figure{
		name: name, ours: middle(ours.times), theirs: middle(theirs.times),
		memory: ours.memory, floor: theirs.memory,
	}
	for i := range ours.times {
		f.ratios = append(f.ratios, float64(ours.times[i])/float64(theirs.times[i]))
	}
	slices.Sort(f.ratios)
	return f
}

// middle is the median of what need not be sorted.
func middle[T ~int64 | ~float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// report tells of an operation and its figures, and whether its goal was missed.
func report(op operation, figures []figure) (text string, missed bool) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s  %s, against %s\n", op.name, op.what, op.against)
	worse, sign := func(a, b float64) float64 { return max(a, b) }, "≤"
	if op.atLeast {
		worse, sign = func(a, b float64) float64 { return min(a, b) }, "≥"
	}
	worst := 0.0
	for _, f := range figures {
		fmt.Fprintf(&b, "    %-26s %.2f (%.2f–%.2f)   %s against %s%s\n", f.name, f.median(),
			f.ratios[0], f.ratios[len(f.ratios)-1], millis(f.ours), millis(f.theirs), memories(f))
		switch {
		case f.aside:
		case worst == 0:
			worst = f.median()
		default:
			worst = worse(worst, f.median())
		}
	}
	word := "goal met"
	if worse(worst, op.goal) != op.goal {
		word, missed = "goal missed", true
	}
	fmt.Fprintf(&b, "    %.2f, goal %s %.2f: %s\n", worst, sign, op.goal, word)
	return b.String(), missed
}

func millis(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func memories(f figure) string {
	if f.memory == 0 {
		return ""
	}
	const mib = 1 << 20
	return fmt.Sprintf("   peak memory %.1f MiB against %.1f MiB", float64(f.memory)/mib, float64(f.floor)/mib)
}
