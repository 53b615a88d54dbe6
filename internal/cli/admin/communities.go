package admin

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newCommunityList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the communities you reach", Args: app.Exactly()}
	return a.ReadCommand(cmd, "list communities", func(ctx context.Context, _ []string) error {
		out, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		return a.PrintSound(communities().List(out.Items), out.Damaged)
	})
}

func listCommunities(ctx context.Context, a *app.App) (mfa.CommunityPage, error) {
	return app.Call(ctx, a, mfa.Service.ListCommunities, mfa.ListCommunitiesRequest{})
}

func communities() app.Items[mfa.CommunityInfo] {
	return app.Items[mfa.CommunityInfo]{
		Kind: "Community", Header: []string{"NAME", "PARENT", "CREATED", "ID"},
		Name: func(c mfa.CommunityInfo) string { return c.Name },
		Row: func(c mfa.CommunityInfo) []string {
			return []string{c.Name, c.Parent, app.Timestamp(c.CreatedAt), c.ID}
		},
	}
}

func newCommunityShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show COMMUNITY", Short: "Tell about a community", Args: app.Exactly("COMMUNITY")}
	return a.ReadCommand(cmd, "show a community", func(ctx context.Context, args []string) error {
		all, err := listCommunities(ctx, a)
		if err != nil {
			return err
		}
		for _, c := range all.Items {
			if c.Name == args[0] || c.ID == args[0] {
				return a.Print(communityView(a, c, c, ""))
			}
		}
		for _, row := range all.Damaged {
			if row.ID == args[0] {
				return mfa.Errorf(mfa.Damaged, "the record of community %s does not verify", row.ID)
			}
		}
		return mfa.Errorf(mfa.NotFound, "no community %s", args[0]).WithHint("mfactl admin communities list")
	})
}

func communityView(a *app.App, data any, c mfa.CommunityInfo, what string) app.View {
	return communities().One(c, data, func() string {
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
	})
}

// changedCommunity returns what tells of a community after an act.
func changedCommunity(did string) func(*app.App, mfa.CommunityChanged) app.View {
	return func(a *app.App, out mfa.CommunityChanged) app.View {
		what, done := outcome(out.Changed, out.DryRun, "community", did)
		return communityView(a, out, out.Community, what).WithDone(done)
	}
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
	create := func(ctx context.Context, args []string) (mfa.CommunityChanged, error) {
		req.Name = args[0]
		return app.Call(ctx, a, mfa.Service.CreateCommunity, req)
	}
	return app.Act(a, cmd, "create a community", create, changedCommunity("made"))
}

func newCommunityUpdate(a *app.App) *cobra.Command {
	var req mfa.UpdateCommunityRequest
	cmd := &cobra.Command{Use: "update COMMUNITY", Short: "Give a community another name or parent", Args: app.Exactly("COMMUNITY")}
	changeFlags(cmd, nil, &req.Change)
	cmd.Flags().StringVar(&req.Name, "name", "", "the new `name`; authenticators keep the old one")
	cmd.Flags().StringVar(&req.Parent, "parent", "", "the `community` it is to stand below")
	cmd.Flags().BoolVar(&req.Top, "top", false, "it is to have no parent")
	password := app.SecretFlags(cmd, "password", "your own password")
	update := func(ctx context.Context, args []string) (out mfa.CommunityChanged, _ error) {
		if req.Name == "" && req.Parent == "" && !req.Top {
			return out, mfa.UsageError("--name", "nothing to change").WithHint("give --name, --parent or --top")
		}
		req.Community = args[0]
		return app.CallProving(ctx, a, "", password, req.DryRun, mfa.Service.UpdateCommunity, func(p mfa.Secret) mfa.UpdateCommunityRequest {
			req.Password = p
			return req
		})
	}
	return app.Act(a, cmd, "update a community", update, changedCommunity("changed"))
}
