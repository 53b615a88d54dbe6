package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// process is one command to be timed from start to exit.
type process struct {
	env  []string
	args []string
}

func (b *bench) once(p process) (time.Duration, error) {
	cmd := exec.CommandContext(b.ctx, p.args[0], p.args[1:]...) //nolint:gosec // our own programs
	cmd.Env = append(os.Environ(), p.env...)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%v: %w", p.args, err)
	}
	return time.Since(start), nil
}

// compare runs two processes in turn, changing who goes first, and prints the
// ratio of their times.
func (b *bench) compare(name string, goal float64, product, yardstick process) error {
	var ours, theirs []time.Duration
	var ratios []float64
	for i := range b.rounds + 5 {
		pair := [2]process{product, yardstick}
		if i%2 == 1 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		var took [2]time.Duration
		for j, p := range pair {
			var err error
			if took[j], err = b.once(p); err != nil {
				return err
			}
		}
		if i%2 == 1 {
			took[0], took[1] = took[1], took[0]
		}
		if i < 5 {
			continue // to warm up
		}
		ours, theirs = append(ours, took[0]), append(theirs, took[1])
		ratios = append(ratios, float64(took[0])/float64(took[1]))
	}
	slices.Sort(ratios)
	ratio := float64(median(ours)) / float64(median(theirs))
	word := "met"
	if ratio > goal {
		word, b.missed = "missed", true
	}
	b.say("%-34s %.2f (%.2f–%.2f)  goal <= %.2f %s   %s against %s\n", name, ratio, ratios[len(ratios)/20],
		ratios[len(ratios)-1-len(ratios)/20], goal, word, median(ours).Round(10*time.Microsecond), median(theirs).Round(10*time.Microsecond))
	return nil
}

func median(d []time.Duration) time.Duration {
	d = slices.Clone(d)
	slices.Sort(d)
	return d[len(d)/2]
}
