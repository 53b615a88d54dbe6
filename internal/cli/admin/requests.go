package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newRequestList(a *app.App) *cobra.Command {
	var req mfa.ListRequestsRequest
	var status string
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List requests, newest first", Args: app.Exactly()}
	f := cmd.Flags()
	f.StringVarP(&req.Community, "community", "c", "", "only this `community`")
	f.StringVar(&status, "status", "", "pending, approved, denied or expired")
	app.LimitFlag(cmd, &req.Limit)
	return a.ReadCommand(cmd, "list requests", func(ctx context.Context, _ []string) error {
		req.Status = mfa.RequestStatus(status)
		switch req.Status {
		case "", mfa.RequestPending, mfa.RequestApproved, mfa.RequestDenied, mfa.RequestExpired:
		default:
			return mfa.Bad("--status", "cannot be %q", status).WithHint("pending, approved, denied or expired")
		}
		items, err := allRequests(ctx, a, req)
		if err != nil {
			return err
		}
		return a.Print(app.ListView("RequestList", items, requestTable(items), func(r mfa.RequestInfo) string { return r.ID }))
	})
}

func allRequests(ctx context.Context, a *app.App, req mfa.ListRequestsRequest) ([]mfa.RequestInfo, error) {
	return app.Gather(a, req.Limit, func(before string, most int) ([]mfa.RequestInfo, string, error) {
		req.Before, req.Limit = before, most
		page, err := app.Call(ctx, a, mfa.Service.ListRequests, req)
		return page.Items, page.Next, err
	})
}

func requestTable(items []mfa.RequestInfo) term.Table {
	t := term.Table{Header: []string{"ID", "ACT", "TARGET", "COMMUNITY", "REQUESTER", "REASON", "STATUS", "EXPIRES", "DECIDER", "ANSWER", "EMAIL"}}
	for _, r := range items {
		t.Rows = append(t.Rows, []string{
			r.ID, r.Act, r.Target, r.Community, r.Requester, r.Reason, string(r.Status), app.Timestamp(r.ExpiresAt), r.Decider, r.Answer, r.Email,
		})
	}
	return t
}

func requestView(a *app.App, r mfa.RequestInfo) app.View {
	return app.View{
		Kind: "Request", Data: r, Names: []string{r.ID}, Table: requestTable([]mfa.RequestInfo{r}),
		Say: func() string { return sayRequest(a, r) },
	}
}

func sayRequest(a *app.App, r mfa.RequestInfo) string {
	text := app.Line("%s  %s of %s (%s)", r.ID, r.Act, r.Target, r.Community)
	if r.Email != "" {
		text += app.Line("  new address  %s", r.Email)
	}
	text += app.Line("  asked by     %s, %s", r.Requester, a.TimeInWords(r.CreatedAt)) + app.Line("  reason       %s", r.Reason)
	switch {
	case r.DecidedAt != nil:
		text += app.Line("  %-12s by %s, %s", r.Status, r.Decider, a.TimeInWords(*r.DecidedAt)) + app.Line("  answer       %s", r.Answer)
	default:
		text += app.Line("  %-12s until %s", r.Status, a.TimeInWords(r.ExpiresAt))
	}
	return text
}

func newRequestShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Tell about a request", Args: app.Exactly("ID")}
	return a.ReadCommand(cmd, "show a request", func(ctx context.Context, args []string) error {
		out, err := app.Call(ctx, a, mfa.Service.ShowRequest, mfa.ShowRequestRequest{ID: args[0]})
		if err != nil {
			return err
		}
		return a.Print(requestView(a, out))
	})
}

func newRequestDeny(a *app.App) *cobra.Command {
	req := mfa.DenyRequest{}
	cmd := &cobra.Command{Use: "deny ID", Short: "End a request; whoever filed it takes it back so", Args: app.Exactly("ID")}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why; whoever asked is told")
	return a.WriteCommand(cmd, "deny a request", func(ctx context.Context, args []string) error {
		req.ID = args[0]
		out, err := app.Call(ctx, a, mfa.Service.Deny, req)
		if err != nil {
			return err
		}
		return a.PrintDone("the request was denied", requestView(a, out))
	})
}
