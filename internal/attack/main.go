package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
)

func main() {
	depth := flag.Int("depth", 3, "acts of the sequences that are all tried")
	random := flag.Int("random", 200, "random sequences")
	long := flag.Int("length", 60, "acts of a random sequence")
	seed := flag.Uint64("seed", 1, "of the random sequences")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	found, err := run(ctx, *depth, *random, *long, *seed)
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1) //nolint:gocritic // the signal need not be given back
	}
	if found > 0 {
		os.Exit(12) //nolint:gocritic // as above
	}
}

// run tries the fixed sequences, then all short ones, then random ones, and returns how many
// attacks there were.
func run(ctx context.Context, depth, random, long int, seed uint64) (found int, err error) {
	s := &search{out: os.Stdout, lab: newLab(), acts: acts(), accepted: map[string][]string{}}
	if s.first, err = s.lab.begin(ctx); err != nil {
		return 0, err
	}
	for _, step := range []func() error{
		func() error { return s.fixed(ctx) },
		func() error { return s.breadth(ctx, depth) },
		func() error { return s.random(ctx, random, long, rand.New(rand.NewPCG(seed, seed))) }, //nolint:gosec // G404: to be repeated
	} {
		if err := step(); err != nil {
			return len(s.attacks), err
		}
	}
	s.report()
	return len(s.attacks), nil
}
