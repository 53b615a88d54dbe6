//go:build unix

package term

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
)

// job is the command under test. It tells what came of it on stdout.
func job(role string) int {
	t := New(os.Stdout, os.Stderr, os.Getenv)
	ctx := context.Background()
	var answer any
	var err error
	switch role {
	case "password":
		answer, err = t.Password(ctx, "Secret: ")
	case "line":
		answer, err = t.Line(ctx, "E-mail: ")
	case "confirm":
		answer, err = t.Confirm(ctx, "Sure?")
	case "two":
		first, err1 := t.Password(ctx, "Secret: ")
		second, err2 := t.Line(ctx, "E-mail: ")
		answer, err = first+"|"+second, errors.Join(err1, err2)
	case "canceled":
		ctx, stop := signal.NotifyContext(ctx, unix.SIGUSR1)
		defer stop()
		answer, err = t.Password(ctx, "Secret: ")
	case "ignoring":
		answer = endingSignalsSeen()
	case "notified":
		ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
		defer stop()
		answer, err = t.Password(ctx, "Secret: ")
	default:
		answer, err = jobScreen(ctx, t, role)
	}
	var end Interrupted
	switch {
	case errors.As(err, &end):
		fmt.Printf("interrupted %d\n", 128+int(end.Signal.(unix.Signal)))
	case err != nil:
		fmt.Printf("error %v\n", err)
	default:
		fmt.Printf("answer %q\n", fmt.Sprint(answer))
	}
	return 0
}

// endingSignalsSeen ignores every ending signal, asks for the ending signals, and counts
// those that arrive while the process gets two others. The runtime delivers one signal at a
// time, so whatever the first one caused has happened when the second one arrives.
func endingSignalsSeen() int {
	signal.Ignore(os.Interrupt, unix.SIGTERM, unix.SIGHUP)
	ending, others := make(chan os.Signal, 8), make(chan os.Signal, 8)
	NotifyEnd(ending)
	signal.Notify(others, unix.SIGWINCH)
	for range 2 {
		if err := unix.Kill(unix.Getpid(), unix.SIGWINCH); err != nil {
			return -1
		}
		<-others
	}
	return len(ending)
}

func jobScreen(ctx context.Context, t *Terminal, role string) (answer string, err error) {
	err = t.Screen(ctx, func(s *Screen) error {
		switch role {
		case "screen":
			s.Print("Recovery code 7K3F-9QXM")
			t.Say("said meanwhile")
			answer, err = s.Line("Type done: ")
		case "busy":
			again := make(chan os.Signal, 1)
			signal.Notify(again, unix.SIGUSR1)
			s.Print("Recovery code 7K3F-9QXM")
			<-again
			s.Print("too late")
		case "panic":
			s.Print("Recovery code 7K3F-9QXM")
			if answer, err = s.Line("Type done: "); err == nil {
				panic("on purpose")
			}
		case "qr":
			p, err := t.QR(testURI134, QRAuto)
			if err != nil {
				return err
			}
			if err := s.Draw(p, "Key: Z2AT 6YPK O35F FIMV IDBL LTUF RRHA 7TX6", ""); err != nil {
				return err
			}
			for answer != "492039" {
				if answer, err = s.Line("Code from the app: "); err != nil {
					return err
				}
			}
		case "long":
			for i := range 40 {
				s.Print("code number %d", i)
			}
			answer, err = s.Line("Type done: ")
		case "token":
			s.Print("API token")
			s.Whole(strings.Repeat("0123456789", 8) + "a")
			s.Whole(strings.Repeat("0123456789", 8))
			s.Whole("7K3F-9QXM")
			answer, err = s.Line("Type done: ")
		case "tour":
			fmt.Print(t.Layout(Table{Header: []string{"USER"}, Rows: [][]string{{"alice@acme.example"}}}))
			t.Say("said")
			s.Print("shown")
			_ = t.Copy("text")
			yes, err := t.Confirm(ctx, "Sure?")
			answer = fmt.Sprint(yes)
			return err
		}
		return err
	})
	return answer, err
}
