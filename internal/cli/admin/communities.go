package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newCommunityList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the communities you reach", Args: app.Exactly()}
	return a.ReadCommand(cmd, "list communities", func(ctx context.Context, _ []string) error {
		items, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		return a.Print(app.ListView("CommunityList", items, communityTable(items), func(c mfa.CommunityInfo) string { return c.Name }))
	})
}

func listCommunities(ctx context.Context, a *app.App) ([]mfa.CommunityInfo, error) {
	page, err := app.Call(ctx, a, mfa.Service.ListCommunities, mfa.ListCommunitiesRequest{})
	return page.Items, err
}

func communityTable(items []mfa.CommunityInfo) term.Table {
	t := term.Table{Header: []string{"NAME", "PARENT", "CREATED", "ID"}}
	for _, c := range items {
		t.Rows = append(t.Rows, []string{c.Name, c.Parent, app.Timestamp(c.CreatedAt), c.ID})
	}
	return t
}

func newCommunityShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show COMMUNITY", Short: "Tell about a community", Args: app.Exactly("COMMUNITY")}
	return a.ReadCommand(cmd, "show a community", func(ctx context.Context, args []string) error {
		items, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		for _, c := range items {
			if c.Name == args[0] || c.ID == args[0] {
				return a.Print(communityView(a, c, c, ""))
			}
		}
		return mfa.Errorf(mfa.NotFound, "no community %s", args[0]).WithHint("mfactl admin communities list")
	})
}

func communityView(a *app.App, data any, c mfa.CommunityInfo, what string) app.View {
	return app.View{
		Kind: "Community", Data: data, Names: []string{c.Name}, Table: communityTable([]mfa.CommunityInfo{c}),
		Say: func() string {
			if what != "" {
				what = ": " + what
			}
			text := app.Line("%s%s", c.Name, what)
			if c.ID != "" {
				text += app.Line("  id       %s", c.ID)
			}
			if c.Parent != "" {
				text += app.Line("  parent   %s", c.Parent)
			}
			return text + app.Line("  created  %s", a.TimeInWords(c.CreatedAt))
		},
	}
}

func changedCommunity(a *app.App, out mfa.CommunityChanged, did string) error {
	what := did
	switch {
	case !out.Changed:
		what = "nothing to do"
	case out.DryRun:
		what = "would be " + did
	default:
		a.Done = "the community was " + did
	}
	return a.Print(communityView(a, out, out.Community, what))
}

func newCommunityCreate(a *app.App) *cobra.Command {
	var req mfa.CreateCommunityRequest
	cmd := &cobra.Command{
		Use: "create NAME", Short: "Make a community below your own or another", Args: app.Exactly("NAME"),
		Long: `Make a community. Who has a permission in its parent has it there too, and of each
rule of the policy the stricter of both holds.`,
		Example: `  mfactl admin communities create "Branch North" --parent Acme`,
	}
	changeFlags(cmd, nil, &req.Change)
	cmd.Flags().StringVar(&req.Parent, "parent", "", "the `community` it stands below (default: your own)")
	cmd.Flags().BoolVar(&req.Top, "top", false, "it has no parent")
	return a.WriteCommand(cmd, "create a community", func(ctx context.Context, args []string) error {
		req.Name = args[0]
		out, err := app.Call(ctx, a, mfa.Service.CreateCommunity, req)
		if err != nil {
			return err
		}
		return changedCommunity(a, out, "made")
	})
}

func newCommunityUpdate(a *app.App) *cobra.Command {
	var req mfa.UpdateCommunityRequest
	cmd := &cobra.Command{Use: "update COMMUNITY", Short: "Give a community another name or parent", Args: app.Exactly("COMMUNITY")}
	changeFlags(cmd, nil, &req.Change)
	cmd.Flags().StringVar(&req.Name, "name", "", "the new `name`; authenticators keep the old one")
	cmd.Flags().StringVar(&req.Parent, "parent", "", "the `community` it is to stand below")
	cmd.Flags().BoolVar(&req.Top, "top", false, "it is to have no parent")
	return a.WriteCommand(cmd, "update a community", func(ctx context.Context, args []string) error {
		if req.Name == "" && req.Parent == "" && !req.Top {
			return mfa.Bad("--name", "nothing to change").WithHint("give --name, --parent or --top")
		}
		req.Community = args[0]
		out, err := app.Call(ctx, a, mfa.Service.UpdateCommunity, req)
		if err != nil {
			return err
		}
		return changedCommunity(a, out, "changed")
	})
}
