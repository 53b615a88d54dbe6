package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newRequestList(a *app.App) *cobra.Command {
	var req mfa.ListRequestsRequest
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List requests, newest first", Args: app.Exactly()}
	listFlags(cmd, &req.Community, &req.Limit)
	cmd.Flags().StringVar((*string)(&req.Status), "status", "", "pending, approved, denied or expired")
	return a.ReadCommand(cmd, "list requests", func(ctx context.Context, _ []string) error {
		switch req.Status {
		case "", mfa.RequestPending, mfa.RequestApproved, mfa.RequestDenied, mfa.RequestExpired:
		default:
			return mfa.UsageError("--status", "cannot be %q", req.Status).WithHint("pending, approved, denied or expired")
		}
		return app.PrintPages(a, requests(), req.Limit, func(before string, most int) ([]mfa.RequestInfo, string, error) {
			next := req
			next.Before, next.Limit = before, most
			page, err := app.Call(ctx, a, mfa.Service.ListRequests, next)
			return page.Items, page.Next, err
		})
	})
}

func requests() app.Items[mfa.RequestInfo] {
	return app.Items[mfa.RequestInfo]{
		Kind:   "Request",
		Header: []string{"ID", "ACT", "TARGET", "COMMUNITY", "REQUESTER", "REASON", "STATUS", "EXPIRES", "DECIDER", "ANSWER", "EMAIL"},
		Name:   func(r mfa.RequestInfo) string { return r.ID },
		Row: func(r mfa.RequestInfo) []string {
			return []string{
				r.ID, r.Act, r.Target, r.Community, r.Requester, r.Reason, string(r.Status), app.Timestamp(r.ExpiresAt), r.Decider, r.Answer, r.Email,
			}
		},
	}
}

func requestView(a *app.App, r mfa.RequestInfo) app.View {
	return requests().One(r, r, func() string { return sayRequest(a, r) })
}

func sayRequest(a *app.App, r mfa.RequestInfo) string {
	text := app.Line("%s  %s of %s (%s)", r.ID, r.Act, r.Target, r.Community)
	if r.Email != "" {
		text += app.Line("  new address  %s", r.Email)
	}
	text += app.Line("  asked by     %s, %s", r.Requester, a.TimeInWords(r.CreatedAt)) + app.Line("  reason       %s", r.Reason)
	if r.DecidedAt != nil {
		text += app.Line("  %-12s by %s, %s", r.Status, r.Decider, a.TimeInWords(*r.DecidedAt)) + app.Line("  answer       %s", r.Answer)
	} else {
		text += app.Line("  %-12s until %s", r.Status, a.TimeInWords(r.ExpiresAt))
	}
	return text
}

func newRequestShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Tell about a request", Args: app.Exactly("ID")}
	show := func(ctx context.Context, args []string) (mfa.RequestInfo, error) {
		return app.Call(ctx, a, mfa.Service.ShowRequest, mfa.ShowRequestRequest{ID: args[0]})
	}
	return app.Show(a, cmd, "show a request", show, requestView)
}

func newRequestDeny(a *app.App) *cobra.Command {
	req := mfa.DenyRequest{}
	cmd := &cobra.Command{Use: "deny ID", Short: "End a request; whoever filed it takes it back so", Args: app.Exactly("ID")}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why; whoever asked is told")
	deny := func(ctx context.Context, args []string) (mfa.RequestInfo, error) {
		req.ID = args[0]
		return app.Call(ctx, a, mfa.Service.Deny, req)
	}
	return app.Act(a, cmd, "deny a request", deny, func(a *app.App, out mfa.RequestInfo) app.View {
		return requestView(a, out).WithDone("the request was denied")
	})
}
