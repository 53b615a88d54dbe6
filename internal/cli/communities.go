package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newCommunityList(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the communities you reach", Args: exactly()}
	cmd.RunE = a.readCommand("list communities", func(ctx context.Context, _ []string) error {
		items, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		return a.print(listView("CommunityList", items, communityTable(items), func(c mfa.CommunityInfo) string { return c.Name }))
	})
	return cmd
}

func listCommunities(ctx context.Context, a *App) ([]mfa.CommunityInfo, error) {
	page, err := call(ctx, a, mfa.Service.ListCommunities, mfa.ListCommunitiesRequest{})
	return page.Items, err
}

func communityTable(items []mfa.CommunityInfo) term.Table {
	t := term.Table{Header: []string{"NAME", "PARENT", "CREATED", "ID"}}
	for _, c := range items {
		t.Rows = append(t.Rows, []string{c.Name, c.Parent, stamp(c.CreatedAt), c.ID})
	}
	return t
}

func newCommunityShow(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "show COMMUNITY", Short: "Tell about a community", Args: exactly("COMMUNITY")}
	cmd.RunE = a.readCommand("show a community", func(ctx context.Context, args []string) error {
		items, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		for _, c := range items {
			if c.Name == args[0] || c.ID == args[0] {
				return a.print(communityView(a, c, c, ""))
			}
		}
		return mfa.Errorf(mfa.NotFound, "no community %s", args[0]).WithHint("mfactl admin communities list")
	})
	return cmd
}

func communityView(a *App, data any, c mfa.CommunityInfo, what string) view {
	return view{
		kind: "Community", data: data, names: []string{c.Name}, table: communityTable([]mfa.CommunityInfo{c}),
		say: func() string {
			if what != "" {
				what = ": " + what
			}
			text := line("%s%s", c.Name, what)
			if c.ID != "" {
				text += line("  id       %s", c.ID)
			}
			if c.Parent != "" {
				text += line("  parent   %s", c.Parent)
			}
			return text + line("  created  %s", a.people(c.CreatedAt))
		},
	}
}

func changedCommunity(a *App, out mfa.CommunityChanged, did string) error {
	what := did
	switch {
	case !out.Changed:
		what = "nothing to do"
	case out.DryRun:
		what = "would be " + did
	default:
		a.done = "the community was " + did
	}
	return a.print(communityView(a, out, out.Community, what))
}

func newCommunityCreate(a *App) *cobra.Command {
	var req mfa.CreateCommunityRequest
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a community below your own or another", Args: exactly("NAME"),
		Long: `Make a community. Who has a permission in its parent has it there too, and of each
rule of the policy the stricter of both holds.`,
		Example: `  mfactl admin communities create "Branch North" --parent Acme`,
	}
	changeFlags(cmd, nil, &req.Change)
	cmd.Flags().StringVar(&req.Parent, "parent", "", "the `community` it stands below (default: your own)")
	cmd.Flags().BoolVar(&req.Top, "top", false, "it has no parent")
	cmd.RunE = a.writeCommand("create a community", func(ctx context.Context, args []string) error {
		req.Name = args[0]
		out, err := call(ctx, a, mfa.Service.CreateCommunity, req)
		if err != nil {
			return err
		}
		return changedCommunity(a, out, "made")
	})
	return cmd
}

func newCommunityUpdate(a *App) *cobra.Command {
	var req mfa.UpdateCommunityRequest
	cmd := &cobra.Command{Use: "update COMMUNITY", Short: "Give a community another name or parent", Args: exactly("COMMUNITY")}
	changeFlags(cmd, nil, &req.Change)
	cmd.Flags().StringVar(&req.Name, "name", "", "the new `name`; authenticators keep the old one")
	cmd.Flags().StringVar(&req.Parent, "parent", "", "the `community` it is to stand below")
	cmd.Flags().BoolVar(&req.Top, "top", false, "it is to have no parent")
	cmd.RunE = a.writeCommand("update a community", func(ctx context.Context, args []string) error {
		if req.Name == "" && req.Parent == "" && !req.Top {
			return mfa.UsageError("--name", "nothing to change").WithHint("give --name, --parent or --top")
		}
		req.Community = args[0]
		out, err := call(ctx, a, mfa.Service.UpdateCommunity, req)
		if err != nil {
			return err
		}
		return changedCommunity(a, out, "changed")
	})
	return cmd
}
