package admin

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

// pollEvery is how often it is asked what became of a request.
const pollEvery = time.Second

// patience is how long a command waits for the decision about a request that it filed.
type patience struct{ most mfa.Span }

func (p *patience) flag(cmd *cobra.Command) {
	app.SpanFlag(cmd, &p.most, "wait", "with --request, how long to wait for the decision, such as 10m")
}

// check refuses to wait where nothing is filed, and for many users one after another.
func (p *patience) check(request, many bool) error {
	switch {
	case p.most == 0:
		return nil
	case p.most < 0:
		return mfa.UsageError("--wait", "must be longer than nothing")
	case !request:
		return mfa.UsageError("--wait", "only a request is waited for").WithHint("give --request too")
	case many:
		return mfa.UsageError("--wait", "waits for one user").WithHint("leave it out, and see: mfactl admin requests list")
	}
	return nil
}

// await waits until a request that was filed is decided, and says so: the request as it is then,
// or the error of a denial, of its end, or of the end of the patience. The code of a reset is the
// approver's, and is never shown here.
func (p *patience) await(ctx context.Context, a *app.App, filed *mfa.RequestInfo, pending *bool) error {
	if p.most == 0 || filed == nil || !*pending {
		return nil
	}
	end := time.NewTimer(time.Duration(p.most))
	defer end.Stop()
	again := time.NewTicker(pollEvery)
	defer again.Stop()
	for {
		now, err := app.Call(ctx, a, mfa.Service.ShowRequest, mfa.ShowRequestRequest{ID: filed.ID})
		if err != nil {
			return err
		}
		*filed = now
		switch now.Status {
		case mfa.RequestApproved:
			*pending = false
			return nil
		case mfa.RequestDenied:
			return mfa.Errorf(mfa.Forbidden, "%s denied request %s: %s", now.Decider, now.ID, orNone(now.Answer))
		case mfa.RequestPending:
		default:
			return mfa.Errorf(mfa.PolicyForbids, "the two-person rule: nobody decided request %s in time", now.ID).WithHint("file it again with --request")
		}
		select {
		case <-again.C:
		case <-end.C:
			return mfa.Errorf(mfa.Unknown, "request %s still waits for a decision", now.ID).WithHint("mfactl admin requests show %s", now.ID)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func orNone(reason string) string {
	if reason == "" {
		return "no reason was given"
	}
	return reason
}
