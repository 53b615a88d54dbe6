package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newRequestList(a *App) *cobra.Command {
	var req mfa.ListRequestsRequest
	var status string
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List requests, newest first", Args: exactly()}
	f := cmd.Flags()
	f.StringVarP(&req.Community, "community", "c", "", "only this `community`")
	f.StringVar(&status, "status", "", "pending, approved, denied or expired")
	limitFlag(cmd, &req.Limit)
	cmd.RunE = a.readCommand("list requests", func(ctx context.Context, _ []string) error {
		req.Status = mfa.RequestStatus(status)
		switch req.Status {
		case "", mfa.RequestPending, mfa.RequestApproved, mfa.RequestDenied, mfa.RequestExpired:
		default:
			return mfa.UsageError("--status", "cannot be %q", status).WithHint("pending, approved, denied or expired")
		}
		items, err := allRequests(ctx, a, req)
		if err != nil {
			return err
		}
		return a.print(listView("RequestList", items, requestTable(items), func(r mfa.RequestInfo) string { return r.ID }))
	})
	return cmd
}

func allRequests(ctx context.Context, a *App, req mfa.ListRequestsRequest) ([]mfa.RequestInfo, error) {
	return gather(a, req.Limit, func(before string, most int) ([]mfa.RequestInfo, string, error) {
		req.Before, req.Limit = before, most
		page, err := call(ctx, a, mfa.Service.ListRequests, req)
		return page.Items, page.Next, err
	})
}

func requestTable(items []mfa.RequestInfo) term.Table {
	t := term.Table{Header: []string{"ID", "ACT", "TARGET", "COMMUNITY", "REQUESTER", "REASON", "STATUS", "EXPIRES", "DECIDER", "ANSWER", "EMAIL"}}
	for _, r := range items {
		t.Rows = append(t.Rows, []string{
			r.ID, r.Act, r.Target, r.Community, r.Requester, r.Reason, string(r.Status), stamp(r.ExpiresAt), r.Decider, r.Answer, r.Email,
		})
	}
	return t
}

func requestView(a *App, r mfa.RequestInfo) view {
	return view{
		kind: "Request", data: r, names: []string{r.ID}, table: requestTable([]mfa.RequestInfo{r}),
		say: func() string { return sayRequest(a, r) },
	}
}

func sayRequest(a *App, r mfa.RequestInfo) string {
	text := line("%s  %s of %s (%s)", r.ID, r.Act, r.Target, r.Community)
	if r.Email != "" {
		text += line("  new address  %s", r.Email)
	}
	text += line("  asked by     %s, %s", r.Requester, a.people(r.CreatedAt)) + line("  reason       %s", r.Reason)
	switch {
	case r.DecidedAt != nil:
		text += line("  %-12s by %s, %s", r.Status, r.Decider, a.people(*r.DecidedAt)) + line("  answer       %s", r.Answer)
	default:
		text += line("  %-12s until %s", r.Status, a.people(r.ExpiresAt))
	}
	return text
}

func newRequestShow(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Tell about a request", Args: exactly("ID")}
	cmd.RunE = a.readCommand("show a request", func(ctx context.Context, args []string) error {
		out, err := call(ctx, a, mfa.Service.ShowRequest, mfa.ShowRequestRequest{ID: args[0]})
		if err != nil {
			return err
		}
		return a.print(requestView(a, out))
	})
	return cmd
}

func newRequestDeny(a *App) *cobra.Command {
	req := mfa.DenyRequest{}
	cmd := &cobra.Command{Use: "deny ID", Short: "End a request; whoever filed it takes it back so", Args: exactly("ID")}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why; whoever asked is told")
	cmd.RunE = a.writeCommand("deny a request", func(ctx context.Context, args []string) error {
		req.ID = args[0]
		out, err := call(ctx, a, mfa.Service.Deny, req)
		if err != nil {
			return err
		}
		return a.printDone("the request was denied", requestView(a, out))
	})
	return cmd
}
