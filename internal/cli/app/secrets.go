package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// SecretOutput is where a one-time secret may go. On a terminal it is shown on the alternate
// screen and cleared. Every other way needs a flag, which is checked before anything changes.
type SecretOutput struct {
	flag         string // "", "masked" or "unmasked"
	Save         string
	KeepOnScreen bool
	Elsewhere    bool // the secret leaves by another way that was asked for, such as a QR file
	screen       bool
	File         *term.SecretFile
}

// Flags adds the flags that say where the secret goes.
func (r *SecretOutput) Flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.flag, "reveal", "", "write the secret into the output")
	f.Lookup("reveal").NoOptDefVal = "masked"
	f.StringVar(&r.Save, "save", "", "write the secret to a new `file`, 0600")
	f.BoolVar(&r.KeepOnScreen, "keep-on-screen", false, "leave the secret on the terminal")
}

// PlanSecret decides where the secret goes, and makes the file. Usage where nobody
// asked for it to be seen.
func (a *App) PlanSecret(r *SecretOutput) (err error) {
	switch {
	case r.flag != "" && r.flag != "masked" && r.flag != "unmasked":
		return mfa.UsageError("--reveal", "no such way %q", r.flag).WithHint("--reveal or --reveal=unmasked")
	case r.flag != "" && r.Save == "" && !r.Elsewhere && a.Config.Output == "name" && a.Flags.jq == "":
		return mfa.UsageError("--reveal", "-o name has room for no secret, it would be lost").WithHint("--save FILE, or -o json")
	case r.flag != "" && nowhere(a.Out):
		return mfa.UsageError("--reveal", "standard output is closed, the secret would be lost").WithHint("use --save FILE")
	case r.flag == "masked" && a.Env("GITLAB_CI") != "":
		return mfa.UsageError("--reveal", "GitLab cannot mask what a job makes, the log would show the secret").
			WithHint("use --save FILE, or --reveal=unmasked")
	case r.Save != "":
		r.File, err = NewSecretFile(a, "--save", r.Save)
		return err
	case r.flag != "" || r.Elsewhere:
		return nil
	case a.showsSecrets():
		r.screen = true
		return nil
	}
	return mfa.UsageError("--reveal", "the answer holds a secret, and nothing says where it may go").
		WithHint("add --save FILE, or --reveal to have it in the output")
}

// showsSecrets reports whether a secret can be shown on a screen that is cleared later.
func (a *App) showsSecrets() bool {
	return a.ForPeople() && a.Term.OutIsTerminal() && a.Term.CanPrompt()
}

// Drop removes the file of an act that did not come about. Where it may have
// come about the empty file stays: it cannot be told from a lost answer.
func (r *SecretOutput) Drop(err error) {
	if r.File != nil && err != nil {
		_ = r.File.Discard() // it may be gone
		r.File = nil
	}
}

// Revealed reports whether secrets may stand in the output.
func (r *SecretOutput) Revealed() bool { return r.flag != "" }

// Secret is one thing to hand over, in words.
type Secret struct {
	Title string   // "Ten backup codes of alice@acme.example"
	Items []string // the codes
	Forms []string // other forms of them that are printed
	Note  []string // what to do with them
	Spell bool     // they are dictated
	// Unsaved is the question before the screen is left although the secrets were neither
	// saved nor copied. Nothing is asked if it is empty.
	Unsaved string
	Name    string // for the file's first line; empty where a program reads the file
	File    string // the file name that the screen's prompt proposes
}

// HandOver shows or saves secrets as planned. It is called after the act, so its errors say what
// is true now. It is done with the file of r: [SecretOutput.Drop] does nothing after it.
func (a *App) HandOver(ctx context.Context, r *SecretOutput, s Secret) error {
	if r.Revealed() {
		maskSecrets(a, s)
	}
	switch {
	case len(s.Items) == 0: // the policy turns backup codes off
		r.Drop(mfa.Conflict)
		return nil
	case r.File != nil:
		file := r.File
		r.File = nil // whatever fails after this, it stays
		if err := WriteSecretFile(file, s.text()); err != nil {
			_ = file.Discard() // or the same command could not be repeated
			return a.OutputLost(View{Lossy: true}, err)
		}
		a.Term.Say("saved to %s", r.Save)
		return nil
	case r.screen:
		a.Term.KeepOnScreen = r.KeepOnScreen
		err := a.Term.Screen(ctx, func(sc *term.Screen) error { return HandOnScreen(ctx, a, sc, s) })
		if err != nil {
			return a.OutputLost(View{Lossy: true}, err)
		}
		return nil
	case r.Revealed() || r.Elsewhere:
		return nil
	default: // the act was to give no secret, and the policy changed meanwhile
		return mfa.Errorf(mfa.Unknown, "%s, but nothing says where the secret may go", a.Done).
			WithHint("within 10 minutes, repeat the same command with --save FILE --idempotency-key %s", a.key)
	}
}

// Give hands over a secret, if one was made, and prints the answer of the act. The text done says
// what is true now.
func (a *App) Give(ctx context.Context, r *SecretOutput, done string, s *Secret, view func(open bool) View) error {
	a.Done = done
	if s != nil {
		if err := a.HandOver(ctx, r, *s); err != nil {
			return err
		}
	}
	r.Drop(mfa.Conflict) // no secret was made that it could hold
	return a.Print(view(r.Revealed()))
}

// text is what a file of the secret holds.
func (s Secret) text() []byte {
	var b strings.Builder
	if s.Name != "" {
		b.WriteString(Line("# %s", s.Name))
	}
	for _, item := range s.Items {
		b.WriteString(Line("%s", item))
	}
	return []byte(b.String())
}

// NewSecretFile makes a new file for a secret, which a flag names.
func NewSecretFile(a *App, flag, path string) (*term.SecretFile, error) {
	f, err := saveFile(a, path)
	if err != nil {
		return nil, mfa.UsageError(flag, "%s", notSaved(path, err)).WithCause(err)
	}
	return f, nil
}

// saveFile makes a file for a secret. Under sudo it belongs to the user who called sudo, if
// the directory does: that user is to read it.
func saveFile(a *App, path string) (*term.SecretFile, error) {
	f, err := term.SaveFile(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Dir(path))
	if err == nil {
		if uid, known := OwnerOf(info); known && uid == OSUser(a.Env) {
			err = f.Give(HandOver)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return f, nil
}

// WriteSecretFile writes a file whole and makes sure that it is on the disk.
func WriteSecretFile(f *term.SecretFile, text []byte) error {
	_, err := f.Write(text)
	return errors.Join(err, f.Close())
}

// notSaved returns a sentence that says why a file for a secret could not be created or written.
func notSaved(path string, err error) string {
	if exists, is := errors.AsType[term.ExistsError](err); is {
		return exists.Error()
	}
	return "cannot save to " + path + ": " + Reason(err)
}

// maskSecrets tells GitHub Actions to hide a secret before it is printed, in each form in
// which it is: the log of a job would show the one that was not announced.
func maskSecrets(a *App, s Secret) {
	if a.Env("GITHUB_ACTIONS") != "true" {
		return
	}
	command := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, v := range append(slices.Clone(s.Items), s.Forms...) {
		_, _ = fmt.Fprintf(a.Err, "::add-mask::%s\n", command.Replace(v))
	}
}

// RevealAll returns the texts of secrets, to be handed over.
func RevealAll(secrets []mfa.Secret) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = s.Reveal()
	}
	return out
}
