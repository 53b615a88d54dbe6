package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
)

func newRequestApprove(a *App) *cobra.Command {
	req := mfa.ApproveRequest{}
	var password source
	var r secretOutput
	cmd := &cobra.Command{
		Use:   "approve ID",
		Short: "Do what was asked for; its code is shown to you alone",
		Long: `Do what another administrator asked for. Its code is shown to you alone, so that
nobody holds both. Your own password is the confirmation. Your account must not have been made, promoted or reset in the
last 7 days by whoever asks.`,
		Args: exactly("ID"),
	}
	f := cmd.Flags()
	f.StringVar(&req.Reason, "reason", "", "why; whoever asked is told")
	f.BoolVar(&req.DryRun, "dry-run", false, "tell what would happen, change nothing")
	secretFlags(cmd, &password, "password", "your own password")
	r.flags(cmd)
	cmd.RunE = a.writeCommand("approve a request", func(ctx context.Context, args []string) error {
		req.ID = args[0]
		a.doing = "approve request " + req.ID
		return runApprove(ctx, a, req, password, r)
	})
	return cmd
}

func runApprove(ctx context.Context, a *App, req mfa.ApproveRequest, password source, r secretOutput) (err error) {
	dry := req.DryRun
	try := func(dry bool) (mfa.Approved, error) {
		req.DryRun = dry
		return call(ctx, a, mfa.Service.Approve, req)
	}
	var out mfa.Approved
	if dry || a.flags.key == "" { // a retry finds it decided
		if out, err = try(true); err != nil {
			return err
		}
		if dry {
			return a.print(approvedView(a, out, false))
		}
	}
	if out.User == nil || r.save != "" { // a change of address gives no secret
		if err := a.plan(&r); err != nil {
			return err
		}
		defer func() { r.drop(err) }()
	}
	if !password.given() && out.Request.ID != "" {
		a.tell(sayRequest(a, out.Request))
	}
	if req.Password, err = a.password(ctx, password, "Your password"); err != nil {
		return err
	}
	if out, err = try(false); err != nil {
		return err
	}
	return giveApproved(ctx, a, &r, out)
}

// giveApproved hands over the code of what was approved.
func giveApproved(ctx context.Context, a *App, r *secretOutput, out mfa.Approved) error {
	a.done = "the request was approved and done"
	var s *secret
	switch {
	case out.Reset != nil:
		s = recoveryCode(a, *out.Reset)
	case out.Password != nil:
		s = setPasswordCode(a, *out.Password)
	}
	if s != nil {
		if err := a.hand(ctx, r, *s); err != nil {
			return err
		}
	}
	r.drop(mfa.Conflict) // nothing was made that it could hold
	return a.print(approvedView(a, out, r.open()))
}

func approvedView(a *App, out mfa.Approved, open bool) view {
	v := view{
		kind: "Approval", data: out, names: []string{out.Request.ID}, secret: open, lossy: open,
		table: requestTable([]mfa.RequestInfo{out.Request}),
	}
	var of view
	switch {
	case out.Reset != nil:
		of = resetView(a, *out.Reset, open)
	case out.Password != nil:
		of = passwordView(a, *out.Password, open)
	case out.User != nil:
		of = updatedView(a, *out.User, "")
	}
	v.say = of.say
	if open && out.User == nil { // the code, after what it is for
		v.table.Header = append(v.table.Header, of.table.Header...)
		v.table.Rows[0] = append(v.table.Rows[0], of.table.Rows[0]...)
	}
	return v
}
