package act

import (
	"context"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Bounds of the answers that are kept.
const (
	sweepEach   = 4         // expired answers removed for each new one
	repliesGone = time.Hour // answers older than this are removed by the next write
	sweepMost   = 100_000   // of them at once
	sweepLot    = 1_000     // removed in one transaction of Sweep
)

// sweep removes answers whose time is over, twice as many as were kept at least, and one
// time in sixteen ended sessions and tokens as well, at random, so that no client can
// choose the moment. While the clock is doubted it removes nothing.
func (a *Act) sweep(kept int, name string) error {
	if a.Doubted {
		return nil
	}
	n, err := a.Refusals.SweepReplies(a.repliesSince(), name, sweepEach*kept)
	if err == nil && n >= sweepEach*kept { // more are waiting
		_, err = a.Refusals.SweepReplies(a.Now.Add(-repliesGone), "", sweepMost)
	}
	if err != nil {
		return err
	}
	var dice [1]byte
	if _, err := io.ReadFull(a.Rand, dice[:]); err != nil {
		return mfa.Fault(err)
	}
	if dice[0]%16 != 0 {
		return nil
	}
	return a.Refusals.Sweep(a.Now)
}

// TellRefusals writes the events of refusals that were counted, and whose minute is over. A
// server calls it now and then: there may be no further refusal that would write them.
func (run *Runner) TellRefusals(ctx context.Context) error {
	return run.Records.Refuse(ctx, func(w *records.RefusalWriter) error {
		a, err := run.BeginMaintenance(w.Reader)
		if err != nil {
			return err
		}
		a.Refusals = w
		return tellRefusals(a)
	})
}

// Sweep removes every kept answer whose time is over, in short transactions. A server
// calls it now and then, since after a busy hour nothing else may be kept for a while.
func (run *Runner) Sweep(ctx context.Context) error {
	if err := run.TellRefusals(ctx); err != nil {
		return err
	}
	for {
		removed := 0
		err := run.Records.Refuse(ctx, func(w *records.RefusalWriter) error {
			a, err := run.BeginMaintenance(w.Reader)
			if err != nil || a.Doubted {
				return err
			}
			removed, err = w.SweepReplies(a.repliesSince(), "", sweepLot)
			return err
		})
		if err != nil || removed < sweepLot {
			return err
		}
	}
}
