package host

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/cli/app"
	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

func newKeyExport(a *app.App) *cobra.Command {
	var req mfa.ExportKeyRequest
	cmd := &cobra.Command{
		Use:   "export-key",
		Short: "Copy the store's key, encrypted to somebody's age recipient",
		Long: `Write a copy of the key file that only the owners of the given age recipients can
open. The copy is no secret, so it is written to standard output; keep it apart
from the store's backups, and the identity that opens it apart from both. It is
recorded in the audit trail, and "mfactl doctor" no longer asks for one.

To put the key back:

  age -d -i identity.txt key.age > mfactl.key && chmod 600 mfactl.key`,
		Example: `  mfactl store export-key --to age1… > key.age
  mfactl store export-key --to age1… --to age1… --save key.age`,
		Args: app.Exactly(),
	}
	f := cmd.Flags()
	f.StringArrayVar(&req.Recipients, "to", nil, "age `recipient`; may be repeated, each can open it alone")
	save := f.String("save", "", "write it to a new `file`, 0600")
	return a.WriteCommand(cmd, "export the key", func(ctx context.Context, _ []string) error { return exportKey(ctx, a, req, *save) })
}

// exportKey records first and writes then. Only a copy that was written in full
// is remembered as one.
func exportKey(ctx context.Context, a *app.App, req mfa.ExportKeyRequest, save string) (err error) {
	l, err := a.OpenStore(ctx)
	if err != nil {
		return err
	}
	r := app.SecretOutput{Save: save}
	if save != "" {
		if err := a.PlanSecret(&r); err != nil {
			return err
		}
		defer func() { r.Drop(err) }()
	}
	out, err := l.Engine.ExportKey(a.CallContext(ctx, "ExportKey", "", mfa.Secret{}, req), req)
	if err != nil {
		return err
	}
	a.Done = "the export was recorded"
	if save != "" {
		if err := app.WriteSecretFile(r.File, []byte(out.Armor)); err != nil {
			return a.OutputLost(app.View{}, err)
		}
		r.File = nil // it stays
		a.Term.Say("saved to %s", save)
		out.Armor = ""
	}
	if err := a.Print(exportedView(out)); err != nil {
		return err
	}
	if err := l.Engine.KeysCopied(ctx); err != nil {
		return err
	}
	if a.ForPeople() {
		a.Term.Say("mfactl: to put the key back: age -d -i identity.txt %s > mfactl.key && chmod 600 mfactl.key", mfa.ShellWord(cmp.Or(save, "key.age")))
	}
	return nil
}

func exportedView(out mfa.ExportedKey) app.View {
	ids := make([]string, len(out.KeyIDs))
	for i, id := range out.KeyIDs {
		ids[i] = strconv.FormatUint(uint64(id), 10)
	}
	return app.View{
		Kind: "ExportedKey", Data: out, Names: ids,
		Header: []string{"KEYS", "RECIPIENTS", "EVENT"},
		Rows:   [][]string{{strings.Join(ids, " "), strings.Join(out.Recipients, " "), strconv.FormatInt(out.Event, 10)}},
		Say:    func() string { return term.CleanLines(out.Armor) },
		Lines:  true,
	}
}
