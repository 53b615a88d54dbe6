package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
)

// options say what to search.
type options struct {
	depth, random, length int
	seed                  uint64
	find                  bool // stop at the first attack, and try the fixed sequences last
}

func main() {
	var o options
	flag.IntVar(&o.depth, "depth", 4, "acts of the sequences that are all tried")
	flag.IntVar(&o.random, "random", 1000, "random sequences")
	flag.IntVar(&o.length, "length", 60, "acts of a random sequence")
	flag.Uint64Var(&o.seed, "seed", 1, "of the random sequences")
	flag.BoolVar(&o.find, "find", false, "say only how soon the first attack is found, and try the fixed sequences last")
	mutate := flag.Bool("mutants", false, "find the attack of each mutant, or of those that are named")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var bad int
	var err error
	if *mutate {
		args := []string{"-depth", strconv.Itoa(o.depth), "-random", strconv.Itoa(o.random), "-length", strconv.Itoa(o.length)}
		bad, err = mutants(ctx, os.Stdout, flag.Args(), args)
	} else {
		bad, err = run(ctx, os.Stdout, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1) //nolint:gocritic // the signal need not be given back
	}
	if bad > 0 {
		os.Exit(12) //nolint:gocritic // as above
	}
}

// run tries the fixed sequences, then all short ones, then random ones, and returns how many
// attacks there were.
func run(ctx context.Context, out io.Writer, o options) (found int, err error) {
	s := &search{out: out, lab: newLab(), acts: acts(), accepted: map[string]node{}}
	if s.first, err = s.lab.begin(ctx); err != nil {
		return 0, err
	}
	fixed := func(ctx context.Context) error { return s.fixed(ctx) }
	breadth := func(ctx context.Context) error { return s.breadth(ctx, o.depth) }
	random := func(ctx context.Context) error { return s.random(ctx, o.random, o.length, o.seed) }
	if o.find {
		s.out = io.Discard
		return s.soonest(ctx, out, []phase{{"all short sequences", breadth}, {"random sequences", random}, {"the fixed sequences", fixed}})
	}
	for _, step := range []func(context.Context) error{fixed, breadth, random} {
		if err := step(ctx); err != nil {
			return len(s.attacks), err
		}
	}
	s.report(ctx)
	return len(s.attacks), nil
}

// phase is one way to search.
type phase struct {
	name string
	do   func(context.Context) error
}

// soonest searches until there is an attack, and says how soon that was.
func (s *search) soonest(ctx context.Context, out io.Writer, phases []phase) (int, error) {
	for _, p := range phases {
		found, stop := context.WithCancel(ctx)
		s.found = stop
		err := p.do(found)
		stop()
		switch {
		case len(s.attacks) > 0:
			n := s.shrunk(ctx, s.attacks[0])
			_, err := fmt.Fprintf(out, "found by %s within %d acts, as %d acts that end with %q\n",
				p.name, s.tried.Load(), len(n.sequence), n.sequence[len(n.sequence)-1])
			return 1, err
		case err != nil:
			return 0, err
		}
	}
	return 0, nil
}
