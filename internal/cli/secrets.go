package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/term"
)

// secretOutput is where a one-time secret may go. On a terminal it is shown on the alternate
// screen and cleared. Every other way needs a flag, which is checked before anything changes.
type secretOutput struct {
	flag   string // "", "masked" or "unmasked"
	save   string
	keep   bool
	also   bool // the secret leaves by another way that was asked for, such as a QR file
	screen bool
	file   *term.SecretFile
}

func (r *secretOutput) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.flag, "reveal", "", "write the secret into the output")
	f.Lookup("reveal").NoOptDefVal = "masked"
	f.StringVar(&r.save, "save", "", "write the secret to a new `file`, 0600")
	f.BoolVar(&r.keep, "keep-on-screen", false, "leave the secret on the terminal")
}

// plan decides where the secret goes, and makes the file. Usage where nobody
// asked for it to be seen.
func (a *App) plan(r *secretOutput) error {
	switch {
	case r.flag != "" && r.flag != "masked" && r.flag != "unmasked":
		return mfa.UsageError("--reveal", "no such way %q", r.flag).WithHint("--reveal or --reveal=unmasked")
	case r.flag != "" && r.save == "" && !r.also && nameAlone(a):
		return mfa.UsageError("--reveal", "-o name has room for no secret, it would be lost").WithHint("--save FILE, or -o json")
	case r.flag != "" && nowhere(a.Out):
		return mfa.UsageError("--reveal", "standard output is closed, the secret would be lost").WithHint("use --save FILE")
	case r.flag == "masked" && a.Env("GITLAB_CI") != "":
		return mfa.UsageError("--reveal", "GitLab cannot mask what a job makes, the log would show the secret").
			WithHint("use --save FILE, or --reveal=unmasked")
	case r.save != "":
		f, err := term.SaveFile(r.save)
		if err != nil {
			return mfa.UsageError("--save", "%s", notSaved(r.save, err)).WithCause(err)
		}
		r.file = f
		return nil
	case r.flag != "" || r.also:
		return nil
	case a.forPeople() && a.term.OutIsTerminal() && a.term.CanPrompt():
		r.screen = true
		return nil
	}
	return mfa.UsageError("--reveal", "the answer holds a secret, and nothing says where it may go").
		WithHint("add --save FILE, or --reveal to have it in the output")
}

// nameAlone reports an output in which no secret stands, whatever was asked for.
func nameAlone(a *App) bool { return a.config.Output == "name" && a.flags.jq == "" }

// drop removes the file of an act that did not come about. Where it may have
// come about the empty file stays: it cannot be told from a lost answer.
func (r *secretOutput) drop(err error) {
	if r.file != nil && err != nil {
		_ = r.file.Discard() // it may be gone
		r.file = nil
	}
}

// open reports whether secrets may stand in the output.
func (r *secretOutput) open() bool { return r.flag != "" }

// secret is one thing to hand over, in words.
type secret struct {
	title string   // "Ten backup codes of alice@acme.example"
	items []string // the codes
	forms []string // other forms of them that are printed
	note  []string // what to do with them
	spell bool     // they are dictated
	// unsaved is the question before the screen is left although the secrets were neither
	// saved nor copied. Nothing is asked if it is empty.
	unsaved string
	name    string // for the file's first line; empty where a program reads the file
	file    string // the file name that the screen's prompt proposes
}

// hand shows or saves secrets as planned. It is called after the act, so its errors say what
// is true now. It is done with the file of r: [secretOutput.drop] does nothing after it.
func (a *App) hand(ctx context.Context, r *secretOutput, s secret) error {
	if r.open() {
		maskSecrets(a, s)
	}
	switch {
	case len(s.items) == 0 && r.file != nil: // the policy turns backup codes off
		_ = r.file.Discard() // it may be gone
		r.file = nil
		return nil
	case len(s.items) == 0:
		return nil
	case r.file != nil:
		file := r.file
		r.file = nil // whatever fails after this, it stays
		if err := fill(file, s.text()); err != nil {
			_ = file.Discard() // or the same command could not be repeated
			return a.outputLost(view{lossy: true}, err)
		}
		a.term.Say("saved to %s", r.save)
		return nil
	case r.screen:
		a.term.KeepOnScreen = r.keep
		err := a.term.Screen(ctx, func(sc *term.Screen) error { return handOnScreen(ctx, a, sc, s) })
		if err != nil {
			return a.outputLost(view{lossy: true}, err)
		}
		return nil
	case r.open() || r.also:
		return nil
	default: // the act was to give no secret, and the policy changed meanwhile
		return mfa.Errorf(mfa.Unknown, "%s, but nothing says where the secret may go", a.done).
			WithHint("within 10 minutes, repeat the same command with --save FILE --idempotency-key %s", a.key)
	}
}

// text is what a file of the secret holds.
func (s secret) text() []byte {
	var b strings.Builder
	if s.name != "" {
		b.WriteString(line("# %s", s.name))
	}
	for _, item := range s.items {
		b.WriteString(line("%s", item))
	}
	return []byte(b.String())
}

// fill writes a file whole and makes sure that it is on the disk.
func fill(f *term.SecretFile, text []byte) error {
	_, err := f.Write(text)
	return errors.Join(err, f.Close())
}

// notSaved returns a sentence that says why a file for a secret could not be created or written.
func notSaved(path string, err error) string {
	if exists, is := errors.AsType[term.ExistsError](err); is {
		return exists.Error()
	}
	return "cannot save to " + path + ": " + why(err)
}

// maskSecrets tells GitHub Actions to hide a secret before it is printed, in each form in
// which it is: the log of a job would show the one that was not announced.
func maskSecrets(a *App, s secret) {
	if a.Env("GITHUB_ACTIONS") != "true" {
		return
	}
	command := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	for _, v := range append(slices.Clone(s.items), s.forms...) {
		_, _ = fmt.Fprintf(a.Err, "::add-mask::%s\n", command.Replace(v))
	}
}

func texts(secrets []mfa.Secret) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = s.Reveal()
	}
	return out
}
