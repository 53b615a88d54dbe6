package admin

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newRequestList(a *app.App) *cobra.Command {
	var req mfa.ListRequestsRequest
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List requests, newest first", Args: app.Exactly()}
	listFlags(cmd, &req.Community, &req.Limit)
	cmd.Flags().StringVar((*string)(&req.Status), "status", "", "pending, approved, denied, expired or lapsed")
	return a.ReadCommand(cmd, "list requests", func(ctx context.Context, _ []string) error {
		switch req.Status {
		case "", mfa.RequestPending, mfa.RequestApproved, mfa.RequestDenied, mfa.RequestExpired, mfa.RequestLapsed:
		default:
			return mfa.UsageError("--status", "cannot be %q", req.Status).WithHint("pending, approved, denied, expired or lapsed")
		}
		return app.PrintPages(a, requests(), req.Limit, func(before string, most int) ([]mfa.RequestInfo, []mfa.DamagedRow, string, error) {
			next := req
			next.Before, next.Limit = before, most
			page, err := app.Call(ctx, a, mfa.Service.ListRequests, next)
			return page.Items, page.Damaged, page.Next, err
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
	var sets strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.Rules)) {
		sets.WriteString(app.Line("  sets         %s=%s", name, r.Rules[name]))
	}
	text += sets.String()
	text += app.Line("  asked by     %s, %s", r.Requester, a.TimeInWords(r.CreatedAt)) + app.Line("  reason       %s", r.Reason)
	switch {
	case r.Lapsed != "":
		text += app.Line("  %-12s %s: file it again", r.Status, r.Lapsed)
	case r.DecidedAt != nil:
		text += app.Line("  %-12s by %s, %s", r.Status, r.Decider, a.TimeInWords(*r.DecidedAt)) + app.Line("  answer       %s", r.Answer)
	default:
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

func newRequestApprove(a *app.App) *cobra.Command {
	req := mfa.ApproveRequest{}
	var r app.SecretOutput
	cmd := &cobra.Command{
		Use:   "approve ID",
		Short: "Do what was asked for; its code is shown to you alone",
		Long: `Do what another administrator asked for. Its code is shown to you alone, so that
nobody holds both. Your own password is the confirmation. You and the requester must be
independent: neither controls the other, and nobody controls both
(mfactl help administration).`,
		Args: app.Exactly("ID"),
	}
	f := cmd.Flags()
	f.StringVar(&req.Reason, "reason", "", "why; whoever asked is told")
	f.BoolVar(&req.DryRun, "dry-run", false, "tell what would happen, change nothing")
	password := app.SecretFlags(cmd, "password", "your own password")
	r.Flags(cmd)
	return a.WriteCommand(cmd, "approve a request", func(ctx context.Context, args []string) error {
		req.ID = args[0]
		a.Doing = "approve request " + req.ID
		return runApprove(ctx, a, req, password, r)
	})
}

func runApprove(ctx context.Context, a *app.App, req mfa.ApproveRequest, password *app.SecretSource, r app.SecretOutput) (err error) {
	dry := req.DryRun
	try := func(dry bool) (mfa.Approved, error) {
		req.DryRun = dry
		return app.Call(ctx, a, mfa.Service.Approve, req)
	}
	var out mfa.Approved
	if dry || a.Flags.Key == "" { // a retry finds it decided
		if out, err = try(true); err != nil {
			return err
		}
		if dry {
			return a.Print(approvedView(a, out, false))
		}
	}
	if out.User == nil && out.Policy == nil || r.Save != "" { // these give no secret
		if err := a.PlanSecret(&r); err != nil {
			return err
		}
		defer func() { r.Drop(err) }()
	}
	if !password.Given() && out.Request.ID != "" {
		a.Tell(sayRequest(a, out.Request))
	}
	if req.Password, err = a.ReadPassword(ctx, password, "Your password"); err != nil {
		return err
	}
	if out, err = try(false); err != nil {
		return err
	}
	var secret *app.Secret
	switch {
	case out.Reset != nil:
		secret = recoveryCode(a, *out.Reset)
	case out.Password != nil:
		secret = setPasswordCode(a, *out.Password)
	}
	return a.Give(ctx, &r, "the request was approved and done", secret, func(open bool) app.View { return approvedView(a, out, open) })
}

func approvedView(a *app.App, out mfa.Approved, open bool) app.View {
	var of app.View
	switch {
	case out.Reset != nil:
		of = resetView(a, *out.Reset, open)
	case out.Password != nil:
		of = passwordView(a, *out.Password, open)
	case out.User != nil:
		of = updatedView(a, *out.User, "")
	case out.Policy != nil:
		of = policyView(a, *out.Policy)
	}
	v := requests().One(out.Request, out, of.Say)
	v.Kind, v.Secret, v.Lossy = "Approval", open, open
	if open && out.User == nil && out.Policy == nil { // the code, after what it is for
		v.Header = append(v.Header, of.Header...)
		v.Rows[0] = append(v.Rows[0], of.Rows[0]...)
	}
	return v
}
