package admin

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
)

func newRoleList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the roles that can be given in a community", Args: app.Exactly()}
	community := cmd.Flags().StringP("community", "c", "", "the `community` (default: your own)")
	list := func(ctx context.Context, _ []string) (mfa.RolePage, error) { return listRoles(ctx, a, *community) }
	return app.Show(a, cmd, "list roles", list, func(_ *app.App, out mfa.RolePage) app.View { return roles().List(out.Items) })
}

func listRoles(ctx context.Context, a *app.App, community string) (mfa.RolePage, error) {
	return app.Call(ctx, a, mfa.Service.ListRoles, mfa.ListRolesRequest{Community: community})
}

func roles() app.Items[mfa.RoleInfo] {
	return app.Items[mfa.RoleInfo]{
		Kind: "Role", Header: []string{"ROLE", "COMMUNITY", "BUILT IN", "EVERYWHERE", "PERMISSIONS", "NOTE"},
		Name: func(r mfa.RoleInfo) string { return string(r.Name) },
		Row: func(r mfa.RoleInfo) []string {
			return []string{
				string(r.Name), r.Community, app.YesNo(r.BuiltIn), app.YesNo(r.Everywhere), joined(r.Permissions), r.Note,
			}
		},
	}
}

func joined(permissions []mfa.Permission) string {
	all := make([]string, len(permissions))
	for i, p := range permissions {
		all[i] = string(p)
	}
	return strings.Join(all, " ")
}

func newRoleShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show ROLE", Short: "Tell what a role may do", Args: app.Exactly("ROLE")}
	community := cmd.Flags().StringP("community", "c", "", "the `community` (default: your own)")
	return a.ReadCommand(cmd, "show a role", func(ctx context.Context, args []string) error {
		all, err := listRoles(ctx, a, *community)
		if err != nil {
			return err
		}
		for _, r := range all.Items {
			if string(r.Name) == args[0] {
				return a.Print(roleView(r, r, ""))
			}
		}
		return mfa.Errorf(mfa.NotFound, "no role %s", args[0]).WithHint("mfactl admin roles list")
	})
}

// roleView tells of a role, alone or in the answer of an act.
func roleView(data any, r mfa.RoleInfo, what string) app.View {
	return roles().One(r, data, func() string {
		text := app.Line("%s", strings.TrimSpace(string(r.Name)+"  "+what))
		if r.Community != "" {
			text += app.Line("  of           %s", r.Community)
		}
		return text + app.Line("  permissions  %s", joined(r.Permissions))
	})
}

// changedRole returns what tells of a role after an act.
func changedRole(did string) func(*app.App, mfa.RoleChanged) app.View {
	return func(_ *app.App, out mfa.RoleChanged) app.View {
		what, done := outcome(out.Changed, out.DryRun, "role", did)
		holders := app.Plural(out.Holders, "holder")
		if out.MoreHolders {
			holders = "more than " + holders
		}
		return roleView(out, out.Role, what+", "+holders).WithDone(done)
	}
}

func permissionsOf(in []string) []mfa.Permission {
	var out []mfa.Permission
	for _, p := range in {
		out = append(out, mfa.Permission(strings.TrimSpace(p)))
	}
	return out
}

func permissionHelp() string { return "Permissions: " + joined(mfa.Permissions()) }

func newRoleCreate(a *app.App) *cobra.Command {
	var req mfa.CreateRoleRequest
	cmd := &cobra.Command{
		Use: "create ROLE", Short: "Make a role of a community and those below it", Args: app.Exactly("ROLE"),
		Long:    "Make a role. It can have what you have yourself, and no more.\n\n" + permissionHelp(),
		Example: `  mfactl admin roles create approver --permission users:read,requests:approve`,
	}
	changeFlags(cmd, &req.Community, &req.Change)
	permissions := cmd.Flags().StringSlice("permission", nil, "what it may do; with commas, or repeated")
	cmd.Flags().StringVar(&req.Note, "note", "", "what it is for")
	password := app.SecretFlags(cmd, "password", "your own password")
	create := func(ctx context.Context, args []string) (mfa.RoleChanged, error) {
		req.Name, req.Permissions = mfa.Role(args[0]), permissionsOf(*permissions)
		return app.CallProving(ctx, a, "", password, req.DryRun, mfa.Service.CreateRole, func(p mfa.Secret) mfa.CreateRoleRequest {
			req.Password = p
			return req
		})
	}
	return app.Act(a, cmd, "create a role", create, changedRole("made"))
}

func newRoleUpdate(a *app.App) *cobra.Command {
	var req mfa.UpdateRoleRequest
	cmd := &cobra.Command{
		Use: "update ROLE", Short: "Change what a role may do, from its holders' next request on", Args: app.Exactly("ROLE"),
		Long: "Change a role.\n\n" + permissionHelp(),
	}
	changeFlags(cmd, &req.Community, &req.Change)
	add := cmd.Flags().StringSlice("add", nil, "permissions to add; with commas, or repeated")
	remove := cmd.Flags().StringSlice("remove", nil, "permissions to take away; with commas, or repeated")
	note := cmd.Flags().String("note", "", "what it is for")
	password := app.SecretFlags(cmd, "password", "your own password")
	update := func(ctx context.Context, args []string) (out mfa.RoleChanged, _ error) {
		if cmd.Flags().Changed("note") {
			req.Note = note
		}
		if len(*add) == 0 && len(*remove) == 0 && req.Note == nil {
			return out, mfa.UsageError("--add", "nothing to change").WithHint("give --add, --remove or --note")
		}
		req.Name, req.Add, req.Remove = mfa.Role(args[0]), permissionsOf(*add), permissionsOf(*remove)
		return app.CallProving(ctx, a, "", password, req.DryRun, mfa.Service.UpdateRole, func(p mfa.Secret) mfa.UpdateRoleRequest {
			req.Password = p
			return req
		})
	}
	return app.Act(a, cmd, "update a role", update, changedRole("changed"))
}

func newRoleDelete(a *app.App) *cobra.Command {
	var req mfa.DeleteRoleRequest
	cmd := &cobra.Command{Use: "delete ROLE", Aliases: []string{"rm"}, Short: "Remove a role nobody has", Args: app.Exactly("ROLE")}
	changeFlags(cmd, &req.Community, &req.Change)
	yes := cmd.Flags().BoolP("yes", "y", false, "do not ask whether you are sure")
	remove := func(ctx context.Context, args []string) (mfa.RoleChanged, error) {
		req.Name = mfa.Role(args[0])
		return app.AskAndCall(ctx, a, mfa.Service.DeleteRole, &req, app.Sure(*yes || req.DryRun, "Delete the role "+args[0]+"?"))
	}
	return app.Act(a, cmd, "delete a role", remove, changedRole("deleted"))
}
