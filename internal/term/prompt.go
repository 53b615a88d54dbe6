package term

// The rules of asking:
//
//   - Questions and answers go over the controlling terminal, never over stdin,
//     stdout or stderr, all of which may be redirected.
//   - Nothing is asked where --no-input, MFACTL_NO_INPUT or CI forbids it, or
//     where there is no terminal: the error is ErrNoPrompt and says which.
//   - A secret is not echoed, and nothing is shown in its place.
//   - An empty answer to yes or no is no.
//   - Exactly one line is read. What was typed ahead is left for the next question,
//     except the one under a secret that is shown once ([Screen.DropTyped]).
//   - Ctrl-C, Ctrl-D on an empty line, SIGTERM and SIGHUP end the question with
//     Interrupted, and no other signal does; Ctrl-Z suspends, and the question is
//     put again on return. The terminal is as it was before, each time.
//   - Before the first question of a run stands what First says: where it is asked.
//   - Wording: "Password for alice@acme.example: ", with the colon and the blank.

import (
	"context"
	"errors"
	"os"
	"strings"
)

// ErrNoPrompt says that nothing can be asked: it is forbidden or there is no
// terminal. Its text tells which. Callers turn it into a usage error that names
// the flag to use instead.
var ErrNoPrompt = errors.New("cannot ask")

// Interrupted says that the user or the system ended a question: by a signal,
// by Ctrl-D on an empty line (then the signal is os.Interrupt), or by hanging up.
type Interrupted struct{ Signal os.Signal }

// Error implements error.
func (i Interrupted) Error() string { return i.Signal.String() }

// Password asks for a secret, which is not echoed.
func (t *Terminal) Password(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, false)
}

// Line asks for a line that may be seen: an e-mail address, a code.
func (t *Terminal) Line(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, true)
}

func (t *Terminal) ask(ctx context.Context, prompt string, echo bool) (answer string, err error) {
	err = t.dialog(ctx, func(d dialog) (err error) {
		answer, err = d.ask(prompt, echo)
		return err
	})
	if err != nil {
		return "", err // not even an answer that was complete before a signal came
	}
	return answer, nil
}

// Confirm asks a question that is answered y or n. Enter alone is no.
func (t *Terminal) Confirm(ctx context.Context, question string) (yes bool, err error) {
	err = t.dialog(ctx, func(d dialog) error {
		for {
			answer, err := d.ask(question+" [y/N] ", true)
			if err != nil {
				return err
			}
			switch strings.ToLower(strings.TrimSpace(answer)) {
			case "y", "yes":
				yes = true
				return nil
			case "", "n", "no":
				return nil
			}
			d.say("Please answer y or n.")
		}
	})
	return yes && err == nil, err
}

// dialog is where questions stand: the bare terminal or a Screen. Both sanitize.
type dialog interface {
	say(line string)
	ask(prompt string, echo bool) (string, error)
}

// dialog holds the terminal while f asks. A Screen that is up is used as it is.
func (t *Terminal) dialog(ctx context.Context, f func(dialog) error) (err error) {
	t.mu.Lock()
	s := t.screen
	t.mu.Unlock()
	if s != nil {
		return f(s)
	}
	line, err := t.first(ctx)
	if err != nil {
		return err
	}
	h, err := t.seize(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if end := h.release(); end != nil {
			err = end
		}
	}()
	if line != "" {
		h.say(line)
	}
	return f(h)
}

// first runs First, once, where a question can be put.
func (t *Terminal) first(ctx context.Context) (line string, _ error) {
	if t.First == nil || !t.CanPrompt() {
		return "", nil
	}
	run := t.First
	t.First = nil
	return run(ctx)
}
