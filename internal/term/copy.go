package term

import (
	"strings"

	"github.com/aymanbagabas/go-osc52/v2"
)

// Copy asks the terminal to put a text on the clipboard (OSC 52), which works
// over SSH. Nothing tells whether the terminal did.
func (s *Screen) Copy(t *Terminal, text string) error {
	seq := osc52.New(text)
	switch {
	case t.env("TMUX") != "":
		seq = seq.Tmux()
	case strings.HasPrefix(t.env("TERM"), "screen"):
		seq = seq.Screen()
	}
	return s.tty.write(seq.String())
}
