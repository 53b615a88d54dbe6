// Command bench measures mfactl against yardsticks: small programs of our own
// that do only what cannot be left out.
//
//	go run ./internal/bench                 # everything
//	go run ./internal/bench -only P1        # one operation
//	go run ./internal/bench -rounds 1000    # more of it
//	go run ./internal/bench -check          # exit 1 if a goal was missed
//
// Machines differ and are noisy, so no time counts, only ratios: yardstick and
// product take turns in the same run, and the median of the rounds' ratios is
// the figure. It is a benchmark and never a timed test; it must not be read
// from a machine that does something else meanwhile.
//
// A further operation is one file with a function that returns its operation,
// and its line in operations.
//
// # Why a verify costs twice a bare durable write
//
// Both sync the disk five times. The rest is intended work, done by a process that has not
// run before: the session, the user and the factor with their MACs, the code, its claim,
// the counter, the event, and the answer kept for a retry, in fifteen statements. Without
// any index on the events it took as long. A server that keeps running does not pay this
// for each code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// operation is one line of the goals: something mfactl does, against what.
type operation struct {
	name    string  // P1, P2 …
	what    string  // the operation
	against string  // the yardstick
	goal    float64 // the greatest ratio that meets it
	atLeast bool    // the least: it is one of speeds and not of times
	measure func(context.Context, *lab) ([]figure, error)
}

// operations are all there are. Of several figures the worst counts.
func operations() []operation {
	return []operation{startUp(), status(), verify(), verifyRight(), verifyWrong()}
}

// errMissed is a goal that was not met, where that was asked for.
var errMissed = errors.New("a goal was missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "measure only these operations, such as `P1,P2`")
	rounds := flags.Int("rounds", 300, "`number` of rounds of each operation")
	check := flags.Bool("check", false, "exit 1 if a goal was missed")
	pinned := flags.Bool("pin", false, "keep the measured processes on one core (Linux)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if *rounds < 1 {
		return errors.New("-rounds: at least 1")
	}
	if *pinned {
		if err := pin(); err != nil {
			return fmt.Errorf("-pin: %w", err)
		}
	}
	facts := fmt.Sprintf("%s/%s, %d cores, %s, %d rounds, pinned to one core: %t\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), *rounds, *pinned)
	if _, err := io.WriteString(out, facts); err != nil {
		return err
	}
	missed, err := measure(ctx, chosen, *rounds, out)
	if err == nil && missed && *check {
		return errMissed
	}
	return err
}

// measure runs the operations one after the other and reports each as soon as
// it is known.
func measure(ctx context.Context, chosen []operation, rounds int, out io.Writer) (missed bool, err error) {
	l, err := newLab(rounds)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	for _, op := range chosen {
		figures, err := op.measure(ctx, l)
		if err != nil {
			return false, fmt.Errorf("%s: %w", op.name, err)
		}
		text, failed := report(op, figures)
		missed = missed || failed
		if _, err := io.WriteString(out, text); err != nil {
			return false, err
		}
	}
	return missed, nil
}

// choose returns the operations of a list of names, all for an empty one.
func choose(only string) ([]operation, error) {
	all := operations()
	if only == "" {
		return all, nil
	}
	var chosen []operation
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(op operation) bool { return strings.EqualFold(op.name, name) })
		if i < 0 {
			return nil, fmt.Errorf("-only: no operation %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
