package app

import (
	"cmp"
	"context"
	"errors"
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
//   - The secret stays on the screen until it is saved or the user leaves. An error is
//     shown under it, and the prompt follows.
//   - A saved file is new, 0600, and removed again if it could not be written whole.

// secretPrompt names everything that the prompt takes, except "?".
const secretPrompt = "[s]ave to a file, [c]opy, [d]one? " //nolint:gosec // G101: a question

// HandOnScreen shows secrets until the user has saved them or leaves. It returns early
// only when the screen itself has ended.
func HandOnScreen(ctx context.Context, a *App, sc *term.Screen, s Secret) error {
	sc.DropTyped() // before the first page of a long list
	showSecret(sc, s)
	sc.DropTyped() // before the prompt: also what was typed between the pages
	mayLeave := s.Unsaved == ""
	for {
		var left bool
		var say []string
		answer, err := sc.Line(secretPrompt)
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "s", "save":
			again(sc, s)
			left, err = saveFrom(a, sc, s)
		case "c", "copy":
			if err = a.Term.Copy(strings.Join(s.Items, "\n")); err != nil {
				err = fmt.Errorf("cannot copy: %w", err)
				break
			}
			mayLeave = true
			say = []string{"Sent to the clipboard, if this terminal allows it. mfactl cannot confirm that."}
		case "d", "done":
			if mayLeave {
				return nil
			}
			mayLeave = true // the question is asked once
			again(sc, s)
			left, err = a.Term.Confirm(ctx, s.Unsaved)
		case "?":
			say = []string{
				"s, save: write to a new file that only you can read; asks for its name",
				"c, copy: send to the clipboard of this terminal, if it allows that",
				"d, done: clear this screen and leave",
			}
		default:
			say = []string{"Type s, c or d, or ? for what they do."}
		}
		if left || sc.Err() != nil {
			return sc.Err()
		}
		if err != nil {
			say = []string{err.Error()}
		}
		again(sc, s, say...)
	}
}

// showSecret shows secrets with what to do with them.
func showSecret(sc *term.Screen, s Secret) {
	sc.Print("%s", s.Title)
	sc.Print("")
	for _, item := range s.Items {
		sc.Whole(item)
		if s.Spell {
			sc.Print("    %s", term.Spell(item))
		}
	}
	sc.Print("")
	for _, n := range s.Note {
		sc.Print("%s", n)
	}
}

// again shows the secret once more, in place of earlier answers, which would fill the screen
// and push the secret off it. On a terminal that keeps every line, the secret is still there
// and is not shown a second time.
func again(sc *term.Screen, s Secret, say ...string) {
	if sc.Erases() {
		sc.Clear()
		showSecret(sc, s)
	}
	for _, line := range say {
		sc.Print("%s", line)
	}
}

// saveFrom asks for the name of a new file, saves the secret there and prints the full path.
// If it returns an error, it has left no file, or the error says which.
func saveFrom(a *App, sc *term.Screen, s Secret) (saved bool, err error) {
	proposed := freeName(s.File)
	name, err := sc.Line("File name [" + proposed + "]: ")
	if err != nil {
		return false, err
	}
	path, err := fullPath(a, cmp.Or(strings.TrimSpace(name), proposed))
	if err != nil {
		return false, err
	}
	f, err := saveFile(a, path)
	if err != nil {
		return false, errors.New(notSaved(path, err))
	}
	if err := WriteSecretFile(f, s.text()); err != nil {
		problem := notSaved(path, err)
		if err := f.Discard(); err != nil {
			problem += "; remove what was written of it: " + Reason(err)
		}
		return false, errors.New(problem)
	}
	a.Term.Say("Saved to %s", path)
	return true, nil
}

// fullPath completes a file name that a person typed. It is relative to the working
// directory, or to their home directory if it begins with ~/. A shell would read any other
// name with ~ at its beginning as the home directory of another user. mfactl does not look
// that up, and a file of such a name would be hard to use in a shell.
func fullPath(a *App, name string) (string, error) {
	home, hasTilde := strings.CutPrefix(name, "~")
	switch {
	case term.Clean(name) != name:
		return "", fmt.Errorf("not a file name: %q", name)
	case hasTilde && (home == "" || home[0] == '/'):
		return filepath.Join(config.Home(a.Env), home), nil
	case hasTilde:
		return "", fmt.Errorf("cannot save to %s: only your own home directory can be written as ~/; type the full path", name)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", errors.New(notSaved(name, err))
	}
	return path, nil
}

// freeName returns the proposed file name, with a number added if that name is taken.
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
