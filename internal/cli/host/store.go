package host

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
)

// NewStore holds the commands that open the store directly, so they need no session.
func NewStore(a *app.App) *cobra.Command {
	return app.Group("store", "The store itself", nil, newStoreCheck(a), newStoreMigrate(a), newKeyExport(a))
}

func newStoreCheck(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read every record and tell what is damaged",
		Long: `Read every record and tell what is damaged: the database's own form, the seal of
every record against changes, factors that are missing, old or do not open, and
gaps in the audit trail. Nothing is written, and nobody has to be signed in.

What was cut off at the end of the audit trail, and a whole store put back to an
older state, only something kept elsewhere can tell.

Exit status: 0 if all is sound, 14 if something is damaged.`,
		Args: app.Exactly(),
	}
	return a.ReadCommand(cmd, "check the store", func(ctx context.Context, _ []string) error {
		l, err := a.OpenStore(ctx)
		if err != nil {
			return err
		}
		out, err := l.Engine.Examine(ctx, progress(a, "records read"))
		if err != nil {
			return err
		}
		if err := a.Print(damageView(out)); err != nil || out.Found == 0 {
			return err
		}
		sayCut(a, out)
		a.Doing = ""
		return mfa.Errorf(mfa.Damaged, "damage found: %d in %d records", out.Found, out.Records).
			WithHint("each remedy says what helps")
	})
}

// sayCut tells of findings that are not listed.
func sayCut(a *app.App, out mfa.Examined) {
	if more := out.Found - int64(len(out.Damage)); more > 0 {
		a.Term.Say("mfactl: %d more are not listed", more)
	}
}

// progressEvery is how often long work tells how far it is.
const progressEvery = 3 * time.Second

// progress returns what tells on standard error, every few seconds, how much was
// done.
func progress(a *app.App, what string) func(done int64) {
	last := a.Clock()
	return func(done int64) {
		if now := a.Clock(); now.Sub(last) >= progressEvery {
			last = now
			a.Term.Say("mfactl: %d %s", done, what)
		}
	}
}

func damageView(out mfa.Examined) app.View {
	v := app.Items[mfa.Damage]{
		Kind: "Damage", Header: []string{"SORT", "RECORD", "PROBLEM", "REMEDY"},
		Name: func(d mfa.Damage) string { return d.Sort + " " + d.Record },
		Row:  func(d mfa.Damage) []string { return []string{d.Sort, d.Record, d.Problem, d.Remedy} },
	}.List(append([]mfa.Damage{}, out.Damage...))
	if out.Found == 0 {
		v.Say = func() string { return app.Line("%d records, all sound", out.Records) }
	}
	return v
}

func newStoreMigrate(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate a store of an older mfactl to this version",
		Long: `Migrate a store that an older mfactl made to the schema of this version. Stop
"mfactl serve" and every other mfactl that uses the store before: while one has it
open, nothing is migrated. Everything happens in one transaction: if it is
interrupted, the store is the old one or the new one. Records that change are signed
again, so the key of the store is needed. A record that did not verify before is not
signed, and "mfactl store check" shows it.

An older mfactl cannot use the store afterwards. A copy of the store as it was stays
beside it, and the output names the command that puts the copy back; everything done
since the migration is lost then. The copy takes as much room as the store and has the
secrets of that time, sealed under the same key. Remove it when you no longer need it:
until then, "mfactl doctor" names it.`,
		Example: `  mfactl store migrate --dry-run
  mfactl store migrate`,
		Args: app.Exactly(),
	}
	dry := cmd.Flags().Bool("dry-run", false, "show what would happen or is in the way, change nothing")
	migrate := func(ctx context.Context, _ []string) (out mfa.Migrated, err error) {
		p, err := a.StorePlace()
		if err != nil {
			return out, err
		}
		keys, err := p.Keyring()
		if err != nil {
			return out, a.ExplainClosed(p, err)
		}
		m := engine.Migration(keys)
		m.Progress = progress(a, "records looked at")
		return store.Migrate(ctx, p.Store, store.Options{Clock: a.Clock}, m.Sign, *dry)
	}
	return app.Act(a, cmd, "migrate the store", migrate, migratedView)
}

func migratedView(_ *app.App, out mfa.Migrated) app.View {
	from, to := strconv.Itoa(out.From), strconv.Itoa(out.To)
	v := app.View{
		Kind: "Migrated", Data: out, Names: []string{out.Store},
		Header: []string{"STORE", "FROM", "TO"}, Rows: [][]string{{out.Store, from, to}},
		Say: func() string {
			switch {
			case !out.Changed:
				return app.Line("%s: of schema %s already", out.Store, to)
			case out.DryRun:
				return app.Line("%s: would be migrated from schema %s to %s, with a copy at %s; nothing was changed", out.Store, from, to, out.Copy)
			}
			return app.Line("%s: migrated from schema %s to %s", out.Store, from, to) +
				app.Line("The store as it was is at %s. Remove the copy when you no longer need it.", out.Copy) +
				app.Line("To go back, stop every mfactl, then use the version from before:") +
				app.Line("  %s", out.GoBack)
		},
	}
	if out.Changed && !out.DryRun {
		v.Done = "the store was migrated"
	}
	return v
}
