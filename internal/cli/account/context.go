package account

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/mfa"
)

// NewContext makes the commands for the places to work.
func NewContext(a *app.App) *cobra.Command {
	return app.Group("context", "Named places to work, each with its session", []string{"contexts"},
		newContextCreate(a), newContextList(a), newContextUse(a), newContextShow(a), newContextDelete(a))
}

// contextInfo is a context with who is signed in there.
type contextInfo struct {
	config.Context
	Current bool   `json:"current"`
	User    string `json:"user,omitempty"` // signed in, as far as is known here
	Changed *bool  `json:"changed,omitempty"`
}

func newContextCreate(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Name a place to work: a server or a store",
		Example: `  mfactl context create prod --server https://mfa.acme.example --ca-file ca.pem --use
  mfactl context create lab --store ~/lab.db`,
		Args: app.Exactly("NAME"),
	}
	use := cmd.Flags().Bool("use", false, "go on there")
	keyFile := cmd.Flags().String("key-file", "", "key `file` of the store (default: beside it)")
	create := func(ctx context.Context, args []string) (out contextInfo, _ error) {
		one, err := describeContext(a, args[0], *keyFile)
		if err != nil {
			return out, err
		}
		all, changed, err := changeContexts(ctx, a, func(all *config.Contexts) (bool, error) {
			old, err := all.Find(one.Name)
			switch {
			case errors.Is(err, mfa.NotFound):
				all.Add(one)
			case err != nil:
				return false, err
			case old != one:
				return false, mfa.Errorf(mfa.Conflict, "there is a context %s already, for another place", one.Name).
					WithHint("mfactl context delete %s", one.Name)
			}
			moved := *use && all.Current != one.Name
			if *use {
				all.Current = one.Name
			}
			return moved || err != nil, nil
		})
		if err != nil {
			return out, err
		}
		if *use {
			app.WarnOverridden(a, one.Name)
		}
		return changedContext(a, one.Name, all, changed)
	}
	return app.Act(a, cmd, "create a context", create, changedContextView)
}

// describeContext makes a context of the flags that name a place.
func describeContext(a *app.App, name, keyFile string) (one config.Context, err error) {
	one = config.Context{Name: name, Server: a.Flags.Server, CAFile: a.Flags.CAFile, Store: a.Flags.Store, KeyFile: keyFile}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "" || name == "" || len(name) > 64 || name[0] == '-' {
		return one, mfa.UsageError("NAME", "a name has up to 64 letters, digits and . _ -")
	}
	switch {
	case a.Flags.Context != "":
		return one, mfa.UsageError("--context", "a context is made of a server or a store")
	case (one.Server == "") == (one.Store == ""):
		return one, mfa.UsageError("--server", "give a server or a store, one of them").WithHint("mfactl context create %s --server https://HOST", name)
	case one.Server == "" && one.CAFile != "":
		return one, app.NoCertificate(one.Store)
	case one.Store == "" && keyFile != "":
		return one, mfa.UsageError("--key-file", "the key is on the server")
	case one.Store != "":
		if one.Store, err = app.LocateStore(a, one.Store); err != nil {
			return one, err
		}
	default:
		if one.Server, err = app.LocateServer(one.Server, one.CAFile); err != nil {
			return one, err
		}
	}
	for _, path := range []*string{&one.KeyFile, &one.CAFile} {
		if *path != "" {
			if *path, err = filepath.Abs(*path); err != nil {
				return one, mfa.UsageError("--store", "not a path").WithCause(err)
			}
		}
	}
	return one, nil
}

func newContextList(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Aliases: []string{"ls"}, Short: "List the places that have a name", Args: app.Exactly()}
	list := func(context.Context, []string) ([]contextInfo, error) {
		all, err := config.LoadContexts(a.ContextsFile())
		out := make([]contextInfo, len(all.List))
		for i, one := range all.List {
			out[i] = aboutContext(a, one, all)
		}
		return out, err
	}
	return app.Show(a, cmd, "list contexts", list, func(_ *app.App, out []contextInfo) app.View { return contexts().List(out) })
}

func newContextUse(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "use NAME", Short: "Go on at another place", Args: app.Exactly("NAME")}
	use := func(ctx context.Context, args []string) (out contextInfo, _ error) {
		all, changed, err := changeContexts(ctx, a, func(all *config.Contexts) (bool, error) {
			_, err := all.Find(args[0])
			changed := all.Current != args[0]
			all.Current = args[0]
			return changed, err
		})
		if err != nil {
			return out, err
		}
		app.WarnOverridden(a, args[0])
		return changedContext(a, args[0], all, changed)
	}
	return app.Act(a, cmd, "use a context", use, changedContextView)
}

func newContextShow(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "show [NAME]", Short: "Tell about a context, or where you are", Args: app.AtMostOne()}
	show := func(_ context.Context, args []string) (out contextInfo, _ error) {
		all, err := config.LoadContexts(a.ContextsFile())
		if err != nil {
			return out, err
		}
		if len(args) == 0 {
			return contextHere(a, all)
		}
		one, err := all.Find(args[0])
		return aboutContext(a, one, all), err
	}
	return app.Show(a, cmd, "show a context", show, func(_ *app.App, i contextInfo) app.View { return contextView(i, "", "") })
}

// contextHere is where the commands work now, however that place was named.
func contextHere(a *app.App, all config.Contexts) (i contextInfo, _ error) {
	p, err := a.Place()
	if err != nil {
		return i, err
	}
	one := config.Context{Name: p.Context, CAFile: p.CAFile, Store: p.Store, KeyFile: p.Key}
	if p.Server != nil {
		one = config.Context{Name: p.Context, Server: p.ID(), CAFile: p.CAFile}
	}
	i = contextInfo{Context: one, Current: p.Context != "" && p.Context == all.Current}
	if s, ok, err := a.SavedSession(); err == nil && ok && a.Clock().Before(s.ExpiresAt) {
		i.User = s.User
	}
	return i, nil
}

func newContextDelete(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "delete NAME", Aliases: []string{"rm"}, Short: "Forget a place and its saved session", Args: app.Exactly("NAME")}
	return a.WriteCommand(cmd, "delete a context", func(ctx context.Context, args []string) error {
		i, used := contextInfo{Context: config.Context{Name: args[0]}}, false
		_, changed, err := changeContexts(ctx, a, func(all *config.Contexts) (bool, error) {
			one, err := all.Find(args[0])
			if errors.Is(err, mfa.NotFound) {
				return false, nil
			}
			i.Context, used = one, all.Current == one.Name
			all.Remove(one.Name)
			return true, nil
		})
		if err != nil {
			return err
		}
		what, done := "was not there", ""
		if i.Changed = &changed; changed {
			what, done = "deleted", "the context "+args[0]+" was deleted"
			if used {
				what += "; " + sayWhere(a)
			}
		}
		return a.Print(contextView(i, what, done))
	})
}

// sayWhere says where commands act now that no context is in use, on standard error as
// well where the answer is not read by a person.
func sayWhere(a *app.App) string {
	text := "no context is in use now"
	if p, err := a.Place(); err == nil {
		text = "commands now act at " + p.ID()
	}
	if !a.ForPeople() || !a.Term.OutIsTerminal() {
		a.Term.Say("mfactl: %s", text)
	}
	return text
}

// changedContext is a context after an act on it.
func changedContext(a *app.App, name string, all config.Contexts, changed bool) (contextInfo, error) {
	one, err := all.Find(name)
	i := aboutContext(a, one, all)
	i.Changed = &changed
	return i, err
}

func changedContextView(_ *app.App, i contextInfo) app.View {
	switch {
	case *i.Changed && i.Current:
		return contextView(i, "in use", "the context "+i.Name+" is in use")
	case *i.Changed:
		return contextView(i, "created", "the context "+i.Name+" was made")
	}
	return contextView(i, "nothing to do", "")
}

// aboutContext adds who is signed in there, as far as a saved session tells.
func aboutContext(a *app.App, one config.Context, all config.Contexts) contextInfo {
	i := contextInfo{Context: one, Current: one.Name == all.Current}
	s, err := app.ReadSession(a.SessionPath(app.Place{Context: one.Name}))
	if err == nil && a.Clock().Before(s.ExpiresAt) && s.UID == app.OSUser(a.Env) {
		i.User = s.User
	}
	return i
}

func contexts() app.Items[contextInfo] {
	return app.Items[contextInfo]{
		Kind: "Context", Header: []string{"CURRENT", "NAME", "PLACE", "USER"},
		Name: func(i contextInfo) string { return i.Name },
		Row: func(i contextInfo) []string {
			mark := ""
			if i.Current {
				mark = "*"
			}
			return []string{mark, i.Name, cmp.Or(i.Server, i.Store), i.User}
		},
	}
}

// contextView is one context, with the files that a list has no room for.
func contextView(i contextInfo, what, done string) app.View {
	v := contexts().One(i, i, nil)
	v.Done, v.Remedy = done, "mfactl context list"
	v.Header = append(v.Header, "CA FILE", "KEY FILE")
	v.Rows[0] = append(v.Rows[0], i.CAFile, i.KeyFile)
	if what != "" {
		v.Say = func() string { return app.Line("%s: %s", i.Name, what) }
	}
	return v
}
