package term

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// hold is the controlling terminal while it is asked or shown something. It
// knows how the terminal was and puts it back, whatever happens.
//
// Signals are taken by a goroutine of its own (watch), which restores the
// terminal at once, even while the command is busy elsewhere, and wakes the
// reader. It never reads: there is no reader left behind to eat the answer to
// the next question.
type hold struct {
	t    *Terminal
	tty  *tty
	wake *waker
	sigs chan os.Signal
	quit chan struct{} // closed to end watch
	done chan struct{} // closed when it has ended

	mu     sync.Mutex
	saved  ttyState // how the terminal was
	asking bool
	echo   bool
	prompt string  // the question being answered, escapes and all
	screen *Screen // what is to be shown, or nil
	shown  bool    // and is, on the alternate screen
	over   error   // why nothing may be asked or shown any more
	gone   bool    // released
}

// NotifyEnd makes os/signal send to c the signals that end a prompt or a command
// (SIGINT, SIGTERM and SIGHUP), and the additional ones that the caller names.
//
// An ending signal that is ignored stays ignored. A process can be started with SIGINT
// or SIGHUP ignored, for example by nohup. Go does not respect that for SIGTERM, so
// SIGTERM is ignored only after a call of signal.Ignore.
//
// No other signal may end a prompt: the runtime sends SIGURG to its own process at any
// time, and a shell and a window send others during normal work. signal.Notify reads an
// empty list as all signals, so it is not called when no signal is left to ask for.
func NotifyEnd(c chan<- os.Signal, additional ...os.Signal) {
	signals := slices.Clone(additional)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(sig) {
			signals = append(signals, sig)
		}
	}
	if len(signals) > 0 {
		signal.Notify(c, signals...)
	}
}

// errLongAnswer is the error of an answer that may have been cut.
var errLongAnswer = fmt.Errorf("the answer is too long: more than %d bytes", maxLine)

// errOver is what a prompt after the end of a hold says if nothing else does.
var errOver = errors.New("the screen has been left")

// seize takes the terminal. The caller must release it, also when it panics.
func (t *Terminal) seize(ctx context.Context) (*hold, error) {
	if why := t.noPrompt(); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrNoPrompt, why)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	tty, err := openTTY()
	if err != nil {
		return nil, fmt.Errorf("%w: no terminal: %w", ErrNoPrompt, err)
	}
	h := &hold{t: t, tty: tty, sigs: make(chan os.Signal, 8), quit: make(chan struct{}), done: make(chan struct{})}
	if h.saved, err = tty.state(); err == nil {
		h.wake, err = newWaker()
	}
	if err != nil {
		tty.close()
		return nil, fmt.Errorf("prepare the terminal: %w", err)
	}
	t.mu.Lock()
	t.hold = h
	t.mu.Unlock()
	t.stops.Do(t.watchStops)
	NotifyEnd(h.sigs, contSignal, quitSignal)
	go h.watch(ctx)
	return h, nil
}

// release puts everything back. It returns what ended the hold early, also if
// that came after the answer and before now: Ctrl-C must not be lost.
func (h *hold) release() error {
	close(h.quit)
	<-h.done
	h.finish(h.lastSignal(nil))
	h.t.mu.Lock()
	h.t.hold = nil
	h.t.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.restore()
	h.gone = true
	h.wake.close()
	h.tty.close()
	return h.over
}

// watch waits for what ends the hold: a signal or the context.
func (h *hold) watch(ctx context.Context) {
	defer close(h.done)
	for {
		select {
		case <-h.quit:
			return
		case <-ctx.Done():
			h.finish(h.lastSignal(context.Cause(ctx)))
			return
		case sig := <-h.sigs:
			switch sig {
			case contSignal:
				h.resume("")
			case quitSignal: // Ctrl-\, after which the kernel has dropped what was typed
				h.resume("\n")
			default:
				h.finish(Interrupted{sig})
				return
			}
		}
	}
}

// lastSignal stops listening, so that a second Ctrl-C has its usual effect, and
// prefers a signal that has arrived to err: a context that ends because of a
// signal tells less than the signal.
func (h *hold) lastSignal(err error) error {
	signal.Stop(h.sigs) // returns when no more is under way
	for {
		select {
		case sig := <-h.sigs:
			if sig != contSignal && sig != quitSignal {
				return Interrupted{sig}
			}
		default:
			return err
		}
	}
}

// finish ends the hold before its time if err is not nil: the terminal is put
// back and the reader woken.
func (h *hold) finish(err error) {
	if err == nil {
		return
	}
	signal.Stop(h.sigs)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over == nil {
		h.restore()
		h.over, h.asking = err, false
		h.wake.wake()
	}
}

// restore gives the terminal back its mode and its contents. Callers hold mu.
// Its errors have nowhere to go: a terminal that cannot be set is gone.
func (h *hold) restore() {
	if h.over != nil || h.gone {
		return
	}
	_ = h.tty.set(h.saved)
	switch {
	case h.shown:
		_ = h.tty.print(h.screen.leave())
		h.shown = false
	case h.asking:
		_ = h.tty.print("\n")
	}
}

// resume puts mode, screen and question back after the process was stopped. On the
// bare terminal, lead goes before the question.
func (h *hold) resume(lead string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over != nil || h.gone {
		return
	}
	if h.asking {
		_ = h.tty.set(h.saved.typing(h.echo))
	}
	if h.screen != nil && h.screen.alt {
		_ = h.tty.print(h.screen.enter())
		h.shown, lead = true, ""
	}
	if h.asking {
		_ = h.tty.print(lead + h.prompt)
	}
}

// say writes a line of the dialog.
func (h *hold) say(line string) { _ = h.tty.print(Clean(line) + "\n") }

// ask puts a question on the bare terminal.
func (h *hold) ask(prompt string, echo bool) (string, error) { return h.question(Clean(prompt), echo) }

// question writes a prompt, escapes and all, and reads one line.
func (h *hold) question(prompt string, echo bool) (string, error) {
	if err := h.begin(prompt, echo); err != nil {
		return "", err
	}
	defer h.end()
	return h.readLine()
}

func (h *hold) begin(prompt string, echo bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone || h.over != nil {
		return cmp.Or(h.over, errOver)
	}
	if err := h.tty.set(h.saved.typing(echo)); err != nil {
		return fmt.Errorf("prepare the terminal: %w", err)
	}
	h.asking, h.echo, h.prompt = true, echo, prompt
	if err := h.tty.print(prompt); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}

func (h *hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.asking { // a signal has ended it
		return
	}
	h.asking = false
	_ = h.tty.set(h.saved)
	if !h.echo {
		_ = h.tty.print("\n") // the Enter that was not echoed
	}
}

// readLine reads up to a line feed, byte by byte, so that nothing beyond it is
// taken. The kernel does the editing; it cuts a line at maxLine without a word,
// which is why a line so long is refused.
func (h *hold) readLine() (string, error) {
	var line []byte
	for {
		err := h.tty.await(h.wake)
		if over := h.ended(); over != nil {
			return "", over
		}
		if err != nil {
			return "", fmt.Errorf("wait for the answer: %w", err)
		}
		b, ok, err := h.tty.readByte()
		switch {
		case err != nil || !ok:
			if _, hungUp := h.tty.state(); hungUp != nil {
				return "", Interrupted{syscall.SIGHUP}
			}
			if err != nil {
				return "", fmt.Errorf("read the answer: %w", err)
			}
			if len(line) == 0 {
				return "", Interrupted{os.Interrupt}
			}
			return string(line), nil
		case b == '\n' && len(line) > maxLine:
			return "", errLongAnswer
		case b == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil // of a console
		default:
			line = append(line, b)
		}
	}
}

func (h *hold) ended() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.over
}
