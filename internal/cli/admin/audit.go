package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newAuditList(a *app.App) *cobra.Command {
	var req mfa.ListEventsRequest
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List what happened, newest first", Args: app.Exactly(),
		Example: `  mfactl admin audit list --target alice@acme.example --action 2fa.reset
  mfactl admin audit list --action 2fa.reset,password.reset --since 30d -o csv
  mfactl admin audit list --outcome refused --since 2026-10-01 --until 2026-11-01`,
	}
	listFlags(cmd, &req.Community, &req.Limit)
	f := cmd.Flags()
	f.StringVar(&req.Actor, "actor", "", "only what this `user` did")
	f.StringVar(&req.Target, "target", "", "only what was done to this `user`")
	actions := f.StringSlice("action", nil, "only this `action`, such as 2fa.reset; with commas, or repeated")
	f.StringVar((*string)(&req.Outcome), "outcome", "", "ok or refused")
	since := f.String("since", "", "from this `time` on: 30d, 12h, 2026-10-01 or RFC 3339")
	until := f.String("until", "", "before this `time`")
	return a.ReadCommand(cmd, "list the audit trail", func(ctx context.Context, _ []string) (err error) {
		req.Actions = nil
		for _, action := range *actions {
			req.Actions = append(req.Actions, mfa.Action(action))
		}
		if req.Since, err = a.ParseTime("--since", *since); err != nil {
			return err
		}
		if req.Until, err = a.ParseTime("--until", *until); err != nil {
			return err
		}
		return app.PrintPages(a, events(), req.Limit, func(before int64, most int) ([]mfa.Event, []mfa.DamagedRow, int64, error) {
			next := req
			next.Before, next.Limit = before, most
			page, err := app.Call(ctx, a, mfa.Service.ListEvents, next)
			return page.Items, page.Damaged, page.Next, err
		})
	})
}

func events() app.Items[mfa.Event] {
	return app.Items[mfa.Event]{
		Kind: "Event", Header: []string{"SEQ", "TIME", "ACTOR", "ACTION", "OUTCOME", "TARGET", "REASON", "NOTE", "FROM", "SEVERITY"},
		Name: func(e mfa.Event) string { return strconv.FormatInt(e.Seq, 10) },
		Row: func(e mfa.Event) []string {
			outcome := string(e.Outcome)
			if e.Code != "" {
				outcome += " (" + string(e.Code) + ")"
			}
			return []string{
				strconv.FormatInt(e.Seq, 10), app.Timestamp(e.At), e.Actor, string(e.Action), outcome, e.Target, e.Reason, e.Note,
				origin(e.From), string(e.Severity),
			}
		},
	}
}

// origin names where an act came from in a few words. What anybody can claim is marked.
func origin(p mfa.Provenance) string {
	who := p.OSPerson()
	if p.Host != "" {
		who += "@" + p.Host
	}
	parts := []string{who, p.Address}
	if p.TokenName != "" {
		parts = append(parts, "token "+p.TokenName+" of "+p.TokenCreator)
	}
	if said := p.Claims(); said != "" {
		parts = append(parts, "claimed: "+said)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
