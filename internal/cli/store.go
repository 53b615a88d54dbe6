package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/engine"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/store"
	"github.com/mfactl/mfactl/internal/term"
)

// newStore holds what is for whoever opens the store directly: its commands need
// no session.
func newStore(a *App) *cobra.Command {
	return group("store", "The store itself", nil, newStoreCheck(a), newStoreMigrate(a), newKeyExport(a))
}

func newStoreCheck(a *App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read every record and tell what is damaged",
		Long: `Read every record and tell what is damaged: the database's own form, the seal of
every record against changes, factors that are missing, old or do not open, and
gaps in the audit trail. Nothing is written, and nobody has to be signed in.

What was cut off at the end of the audit trail, and a whole store put back to an
older state, only something kept elsewhere can tell.

Exit status: 0 if all is sound, 14 if something is damaged.`,
		Args: exactly(),
	}
	cmd.RunE = a.readCommand("check the store", func(ctx context.Context, _ []string) error {
		l, err := a.open(ctx)
		if err != nil {
			return err
		}
		out, err := l.engine.Examine(ctx, a.progress("records read"))
		if err != nil {
			return err
		}
		if err := a.print(damageView(out)); err != nil || out.Found == 0 {
			return err
		}
		a.sayCut(out)
		a.doing = ""
		return mfa.Errorf(mfa.Damaged, "damage found: %d in %d records", out.Found, out.Records).
			WithHint("each remedy says what helps")
	})
	return cmd
}

// sayCut tells of findings that are not listed.
func (a *App) sayCut(out mfa.Examined) {
	if more := out.Found - int64(len(out.Damage)); more > 0 {
		a.term.Say("mfactl: %d more are not listed", more)
	}
}

// progressEvery is how often long work tells how far it is.
const progressEvery = 3 * time.Second

// progress returns what tells on standard error, every few seconds, how much was
// done.
func (a *App) progress(what string) func(done int64) {
	last := a.Clock()
	return func(done int64) {
		if now := a.Clock(); now.Sub(last) >= progressEvery {
			last = now
			a.term.Say("mfactl: %d %s", done, what)
		}
	}
}

func damageView(out mfa.Examined) view {
	v := view{
		kind: "DamageList", data: append([]mfa.Damage{}, out.Damage...), list: true,
		table: term.Table{Header: []string{"SORT", "RECORD", "PROBLEM", "REMEDY"}},
	}
	for _, d := range out.Damage {
		v.names = append(v.names, d.Sort+" "+d.Record)
		v.table.Rows = append(v.table.Rows, []string{d.Sort, d.Record, d.Problem, d.Remedy})
	}
	if out.Found == 0 {
		v.say = func() string { return line("%d records, all sound", out.Records) }
	}
	return v
}

func newStoreMigrate(a *App) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Migrate a store of an older mfactl to this version",
		Long: `Migrate a store that an older mfactl made to the schema of this version. Everything
happens in one transaction: if it is interrupted, the store is the old one or the
new one. Records that change are signed again, so the key of the store is needed.
A record that did not verify before is not signed, and "mfactl store check" shows it.

An older mfactl cannot use the store afterwards. A copy of the store as it was stays
beside it, and the output names the command that puts the copy back; everything done
since the migration is lost then. The copy takes as much room as the store and has the
secrets of that time, sealed under the same key. Remove it when you no longer need it:
until then, "mfactl doctor" names it.`,
		Example: `  mfactl store migrate --dry-run
  mfactl store migrate`,
		Args: exactly(),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would happen, change nothing")
	cmd.RunE = a.writeCommand("migrate the store", func(ctx context.Context, _ []string) error {
		p, err := a.storePlace()
		if err != nil {
			return err
		}
		keys, err := p.keyring()
		if err != nil {
			return a.closed(p, err)
		}
		out, err := store.Migrate(ctx, p.store, store.Options{Clock: a.Clock}, engine.Migration(keys).Sign, dry)
		if err != nil {
			return err
		}
		if out.Changed && !dry {
			a.done = "the store was migrated"
		}
		return a.print(migratedView(out))
	})
	return cmd
}

func migratedView(out mfa.Migrated) view {
	from, to := strconv.Itoa(out.From), strconv.Itoa(out.To)
	return view{
		kind: "Migrated", data: out, names: []string{out.Store},
		table: term.Table{Header: []string{"STORE", "FROM", "TO"}, Rows: [][]string{{out.Store, from, to}}},
		say: func() string {
			switch {
			case !out.Changed:
				return line("%s: of schema %s already", out.Store, to)
			case out.DryRun:
				return line("%s: would be migrated from schema %s to %s, with a copy at %s; nothing was changed", out.Store, from, to, out.Copy)
			}
			return line("%s: migrated from schema %s to %s", out.Store, from, to) +
				line("The store as it was is at %s. Remove the copy when you no longer need it.", out.Copy) +
				line("To go back, stop every mfactl, then use the version from before:") +
				line("  %s", out.GoBack)
		},
	}
}
