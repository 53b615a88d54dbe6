package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newAuditList(a *App) *cobra.Command {
	var req mfa.ListEventsRequest
	var action string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List what happened, newest first", Args: exactly(),
		Example: `  mfactl admin audit list --target alice@acme.example --action 2fa.reset`,
	}
	f := cmd.Flags()
	f.StringVar(&req.Actor, "actor", "", "only what this `user` did")
	f.StringVar(&req.Target, "target", "", "only what was done to this `user`")
	f.StringVar(&action, "action", "", "only this `action`, such as 2fa.reset")
	f.IntVar(&limit, "limit", 0, "at most so many")
	cmd.RunE = a.look("list the audit trail", func(ctx context.Context, _ []string) error {
		if limit < 0 {
			return mfa.Bad("--limit", "must not be negative")
		}
		req.Limit = limit
		if action != "" {
			req.Actions = []mfa.Action{mfa.Action(action)}
		}
		items, cut, err := a.allEvents(ctx, req)
		if err != nil {
			return err
		}
		if cut {
			a.term.Say("mfactl: there are more, --limit cut the list at %d", limit)
		}
		return a.print(eventView(items))
	})
	return cmd
}

func (a *App) allEvents(ctx context.Context, req mfa.ListEventsRequest) (items []mfa.Event, cut bool, _ error) {
	items = []mfa.Event{}
	for {
		s, call, err := a.own(ctx, "ListEvents")
		if err != nil {
			return nil, false, err
		}
		page, err := s.ListEvents(call, req)
		if err != nil {
			return nil, false, err
		}
		items = append(items, page.Items...)
		if page.Next == 0 || req.Limit > 0 && len(items) >= req.Limit {
			return items, page.Next != 0, nil
		}
		req.Before = page.Next
	}
}

func eventView(items []mfa.Event) view {
	v := view{
		kind: "EventList", data: items, list: true,
		table: term.Table{Header: []string{"SEQ", "TIME", "ACTOR", "ACTION", "OUTCOME", "TARGET", "REASON", "NOTE", "FROM"}},
	}
	for _, e := range items {
		outcome := string(e.Outcome)
		if e.Code != "" {
			outcome += " (" + string(e.Code) + ")"
		}
		v.names = append(v.names, strconv.FormatInt(e.Seq, 10))
		v.table.Rows = append(v.table.Rows, []string{
			strconv.FormatInt(e.Seq, 10), stamp(e.At), e.Actor, string(e.Action), outcome, e.Target, e.Reason, e.Note,
			origin(e.From),
		})
	}
	return v
}

// origin names where an act came from in a few words.
func origin(p mfa.Provenance) string {
	text := p.OSUser
	if p.SudoUser != "" {
		text = p.SudoUser + " as " + text
	}
	if p.Host != "" {
		text += "@" + p.Host
	}
	if p.SSHClient != "" {
		text += " from " + p.SSHClient
	}
	if p.Address != "" {
		text += " " + p.Address
	}
	if p.CIJob != "" {
		text += " " + p.CIJob
	}
	return text
}
