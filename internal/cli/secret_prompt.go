package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mfactl/mfactl/internal/config"
	"github.com/mfactl/mfactl/internal/term"
)

// The rules of the prompt under a secret that is shown once:
//
//   - Only the words of the prompt do something. Any other answer is asked again, so
//     a mistyped word neither writes a secret to a file nor clears the screen.
//   - What was typed before the screen appeared was meant for something else, and is
//     dropped.
//   - The secret stays on the screen until it is saved or its user leaves. What went
//     wrong is said under it, and the prompt follows.
//   - A saved file is new, 0600, and removed again if it could not be written whole.

// secretPrompt names everything that the prompt takes, but for "?".
const secretPrompt = "[s]ave to a file, [c]opy, [d]one? " //nolint:gosec // G101: a question

// secretWords is what "?" shows.
func secretWords() []string {
	return []string{
		"s, save: write to a new file that only you can read; asks for its name",
		"c, copy: send to the clipboard of this terminal, if it allows that",
		"d, done: clear this screen and leave",
	}
}

// handOnScreen shows secrets until the user has saved them or leaves.
func (a *App) handOnScreen(ctx context.Context, sc *term.Screen, s secret) error {
	sc.DropTyped() // before the first page of a long list
	showSecret(sc, s)
	sc.DropTyped() // and before the prompt
	leaves := !s.kept
	for {
		answer, err := sc.Line(secretPrompt)
		if err != nil {
			return err
		}
		var say []string
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "s", "save":
			again(sc, s)
			path, problem, err := a.saveFrom(sc, s)
			if err == nil && problem == "" {
				a.term.Say("Saved to %s", path)
			}
			if err != nil || problem == "" {
				return err
			}
			say = []string{problem}
		case "c", "copy":
			if err := a.term.Copy(strings.Join(s.items, "\n")); err != nil {
				return err
			}
			leaves = true
			say = []string{"Sent to the clipboard, if this terminal allows it. mfactl cannot confirm that."}
		case "d", "done":
			if leaves {
				return nil
			}
			leaves = true // it is asked once
			again(sc, s)
			yes, err := a.term.Confirm(ctx, "They are neither saved nor copied, and are not shown again. Leave?")
			if yes || err != nil {
				return err
			}
		case "?":
			say = secretWords()
		default:
			say = []string{"Type s, c or d, or ? for what they do."}
		}
		again(sc, s, say...)
	}
}

// showSecret shows secrets with what to do with them.
func showSecret(sc *term.Screen, s secret) {
	sc.Print("%s", s.title)
	sc.Print("")
	for _, item := range s.items {
		sc.Whole(item)
		if s.spell {
			sc.Print("    %s", term.Spell(item))
		}
	}
	sc.Print("")
	for _, n := range s.note {
		sc.Print("%s", n)
	}
}

// again shows the secret once more, in place of earlier answers, which would fill the screen
// and push the secret off it. Where lines stay, the secret still stands there.
func again(sc *term.Screen, s secret, say ...string) {
	if sc.Erases() {
		sc.Clear()
		showSecret(sc, s)
	}
	for _, line := range say {
		sc.Print("%s", line)
	}
}

// saveFrom asks for the name of a new file and saves to it. It returns the full path,
// or the problem that kept it from being written; then there is no such file of ours.
func (a *App) saveFrom(sc *term.Screen, s secret) (path, problem string, err error) {
	proposed := freeName(s.file)
	name, err := sc.Line("File name [" + proposed + "]: ")
	if err != nil {
		return "", "", err
	}
	if name = strings.TrimSpace(name); name == "" {
		name = proposed
	}
	if term.Clean(name) != name {
		return "", fmt.Sprintf("not a file name: %q", name), nil
	}
	path, err = a.fullPath(name)
	if err != nil {
		return "", notSaved(name, err), nil
	}
	f, err := term.SaveFile(path)
	if err != nil {
		return "", notSaved(path, err), nil
	}
	if err := fill(f, s.text()); err != nil {
		problem = notSaved(path, err)
		if err := f.Discard(); err != nil {
			problem += "; remove what was written of it: " + why(err)
		}
		return "", problem, nil
	}
	return path, "", nil
}

// fullPath is a file name as a person types it: from the working directory on, and in
// their home directory where it begins with ~/.
func (a *App) fullPath(name string) (string, error) {
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		return filepath.Join(config.Home(a.Env), rest), nil
	}
	return filepath.Abs(name)
}

// freeName is a name that no file here has, made of one that is proposed.
func freeName(name string) string {
	ext := filepath.Ext(name)
	free := name
	for n := 2; n < 100; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
	return free
}
