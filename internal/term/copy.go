package term

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-osc52/v2"
)

// Copy hands a text to the clipboard of the terminal, also over SSH (OSC 52),
// through tmux and GNU screen. Terminals may ignore that and none answers, so
// callers say "sent to the clipboard, if your terminal allows it", never "copied".
func (t *Terminal) Copy(text string) error {
	tty, err := openTTY()
	if err != nil {
		return err
	}
	defer tty.close()
	seq := osc52.New(text)
	switch {
	case t.env("TMUX") != "":
		seq = seq.Tmux()
	case strings.HasPrefix(t.env("TERM"), "screen"):
		seq = seq.Screen()
	}
	if err := tty.print(seq.String()); err != nil {
		return fmt.Errorf("write to the terminal: %w", err)
	}
	return nil
}
