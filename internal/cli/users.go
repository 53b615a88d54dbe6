package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newUserCreate(a *App) *cobra.Command {
	var req mfa.CreateUserRequest
	var role string
	var password source
	var r reveal
	cmd := &cobra.Command{
		Use:   "create USER",
		Short: "Make an account",
		Long: `Make an account. With --password-file or --password-stdin it has that password;
without, it gets a single-use set-password code, which lives 24 hours and which
"mfactl password set" redeems.`,
		Example: `  mfactl admin users create bob@acme.example --save bob.txt
  mfactl admin users create bob@acme.example --role member --password-file P -o json`,
		Args: exactly("USER"),
	}
	f := cmd.Flags()
	f.StringVar(&role, "role", string(mfa.RoleMember), "member, admin or operator")
	f.StringVarP(&req.Community, "community", "c", "", "`community` (default: your own)")
	f.StringVar(&req.Reason, "reason", "", "why; it goes into the audit trail")
	f.BoolVar(&req.DryRun, "dry-run", false, "tell what would happen, change nothing")
	secretFlags(cmd, &password, "password", "the new user's password")
	r.flags(cmd)
	cmd.RunE = a.run("create a user", func(ctx context.Context, args []string) error {
		req.Email, req.Role = a.user(args[0]), mfa.Role(role)
		a.doing = "create " + req.Email
		return a.runUserCreate(ctx, req, password, r)
	})
	return cmd
}

func (a *App) runUserCreate(ctx context.Context, req mfa.CreateUserRequest, password source, r reveal) (err error) {
	if password.given() {
		if r.save != "" {
			return mfa.Bad("--save", "no secret is made where a password is given")
		}
		if req.Password, err = a.read(ctx, password); err != nil {
			return err
		}
	} else if !req.DryRun {
		if err := a.plan(&r); err != nil {
			return err
		}
		defer func() { r.drop(err) }()
	}
	s, call, err := a.own(ctx, "CreateUser")
	if err != nil {
		return err
	}
	out, err := s.CreateUser(call, req)
	if err != nil {
		return err
	}
	if !out.Changed {
		r.drop(mfa.Conflict)
	} else if !out.DryRun {
		a.done = "the account was made"
	}
	if !out.Code.IsZero() {
		err := a.hand(ctx, &r, a.passwordCode(out.User.Email, out.Code, stamp(out.ExpiresAt)))
		r.file = nil
		if err != nil {
			return err
		}
	}
	return a.print(view{
		kind: "User", data: out, names: []string{out.User.Email}, secret: r.open(), lossy: r.open(),
		table: userTable([]mfa.UserInfo{out.User}),
		say: func() string {
			switch {
			case !out.Changed:
				return line("%s: there already, %s of %s", out.User.Email, out.User.Role, out.User.Community)
			case out.DryRun:
				return line("%s: would be made, %s of %s", out.User.Email, out.User.Role, out.User.Community)
			}
			text := line("%s: made, %s of %s", out.User.Email, out.User.Role, out.User.Community)
			if r.open() && !out.Code.IsZero() {
				text += line("Set-password code  %s   valid once, until %s", out.Code.Reveal(), a.people(out.ExpiresAt))
			}
			return text
		},
	})
}

func (a *App) passwordCode(user string, code mfa.Secret, until string) secret {
	return secret{
		title: "Set-password code of " + user + ", valid once, until " + until,
		items: []string{code.Reveal()}, spell: true,
		note: []string{"They redeem it with: mfactl password set --email " + user},
		name: "mfactl set-password code of " + user + ", valid once, until " + until,
	}
}

func userTable(users []mfa.UserInfo) term.Table {
	t := term.Table{Header: []string{"EMAIL", "COMMUNITY", "ROLE", "STATUS", "2FA", "LAST SIGN IN", "CREATED", "ID"}}
	for _, u := range users {
		last := ""
		if u.LastSignInAt != nil {
			last = stamp(*u.LastSignInAt)
		}
		t.Rows = append(t.Rows, []string{
			u.Email, u.Community, string(u.Role), string(u.Status), string(u.State), last, stamp(u.CreatedAt), u.ID,
		})
	}
	return t
}

func newUserList(a *App) *cobra.Command {
	var community string
	var limit int
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List accounts", Args: exactly()}
	cmd.Flags().StringVarP(&community, "community", "c", "", "only this `community`")
	cmd.Flags().IntVar(&limit, "limit", 0, "at most so many")
	cmd.RunE = a.look("list users", func(ctx context.Context, _ []string) error {
		if limit < 0 {
			return mfa.Bad("--limit", "must not be negative")
		}
		items, cut, err := a.allUsers(ctx, community, limit)
		if err != nil {
			return err
		}
		if cut {
			a.term.Say("mfactl: there are more, --limit cut the list at %d", limit)
		}
		v := view{kind: "UserList", data: items, list: true, table: userTable(items)}
		for _, u := range items {
			v.names = append(v.names, u.Email)
		}
		return a.print(v)
	})
	return cmd
}

// allUsers reads page after page.
func (a *App) allUsers(ctx context.Context, community string, limit int) (items []mfa.UserInfo, cut bool, _ error) {
	items = []mfa.UserInfo{}
	for after := ""; ; {
		s, call, err := a.own(ctx, "ListUsers")
		if err != nil {
			return nil, false, err
		}
		page, err := s.ListUsers(call, mfa.ListUsersRequest{Community: community, After: after, Limit: limit})
		if err != nil {
			return nil, false, err
		}
		items = append(items, page.Items...)
		if page.Next == "" || limit > 0 && len(items) >= limit {
			return items, page.Next != "", nil
		}
		after = page.Next
	}
}

func newUserShow(a *App) *cobra.Command {
	cmd := &cobra.Command{Use: "show USER", Short: "Tell about an account", Args: exactly("USER")}
	cmd.RunE = a.look("show a user", func(ctx context.Context, args []string) error {
		s, call, err := a.own(ctx, "ShowUser")
		if err != nil {
			return err
		}
		u, err := s.ShowUser(call, mfa.ShowUserRequest{User: a.user(args[0])})
		if err != nil {
			return err
		}
		return a.print(view{
			kind: "User", data: u, names: []string{u.Email}, table: userTable([]mfa.UserInfo{u}),
			say: func() string { return a.sayUser(u) },
		})
	})
	return cmd
}

func (a *App) sayUser(u mfa.UserInfo) string {
	seen := "never"
	if u.LastSignInAt != nil {
		seen = a.people(*u.LastSignInAt)
	}
	var b strings.Builder
	b.WriteString(line("%s", u.Email) +
		line("  id            %s", u.ID) +
		line("  community     %s", u.Community) +
		line("  role          %s", u.Role) +
		line("  status        %s", u.Status) +
		line("  2FA           %s", u.State) +
		line("  password      %s", yesNo(u.HasPassword)) +
		line("  backup codes  %d", u.BackupCodesLeft) +
		line("  sessions      %d", u.Sessions) +
		line("  2FA resets    %d in 30 days", u.RecentResets) +
		line("  last sign-in  %s", seen) +
		line("  created       %s", a.people(u.CreatedAt)))
	for _, l := range u.Locks {
		until := "until a reset"
		if l.Until != nil {
			until = "try again " + a.people(*l.Until)
		}
		b.WriteString(line("  locked        %s, %s", l.What, until))
	}
	if u.RecoveryExpires != nil {
		b.WriteString(line("  recovery code until %s", a.people(*u.RecoveryExpires)))
	}
	for _, f := range u.Factors {
		b.WriteString(line("  factor        %s %q, %s", f.Kind, f.Label, f.Status))
	}
	return b.String()
}
