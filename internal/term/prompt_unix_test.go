//go:build unix

package term

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// questions are the jobs that wait for an answer.
var questions = []struct{ role, prompt, answer, want string }{
	{"password", "Secret: ", "hunter2", "hunter2"},
	{"line", "E-mail: ", "alice@acme.example", "alice@acme.example"},
	{"confirm", "Sure? [y/N] ", "y", "true"},
	{"screen", "Type done: ", "done", "done"},
}

func TestAnswersArriveWhole(t *testing.T) {
	for _, q := range questions {
		t.Run(q.role, func(t *testing.T) {
			s := startJob(t, q.role)
			s.waitShown(q.prompt, 1)
			if s.echoes() == (q.role == "password") {
				t.Error("echo is", s.echoes())
			}
			s.write(q.answer + "\n")
			s.waitReport(fmt.Sprintf("answer %q", q.want))
			s.waitReport("exit 0")
			s.checkRestored("after the answer")
			if q.role == "password" && strings.Contains(s.shown(), q.answer) {
				t.Errorf("the secret was echoed: %q", s.shown())
			}
		})
	}
}

func TestSignalsAtPromptsRestoreTheTerminal(t *testing.T) {
	signals := map[unix.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 143, unix.SIGHUP: 129}
	for _, q := range questions {
		for sig, code := range signals {
			t.Run(fmt.Sprintf("%s/%v", q.role, sig), func(t *testing.T) {
				s := startJob(t, q.role)
				s.waitShown(q.prompt, 1)
				s.signal(sig)
				s.waitReport(fmt.Sprintf("interrupted %d", code))
				s.waitReport("exit 0")
				s.checkRestored("after the signal")
			})
		}
	}
}

// Signals that a window, a shell, a child or the runtime itself sends do not end a question.
// After Ctrl-\ the question is put again.
func TestOtherSignalsEndNoPrompt(t *testing.T) {
	for _, q := range questions {
		t.Run(q.role, func(t *testing.T) {
			s := startJob(t, q.role)
			s.waitShown(q.prompt, 1)
			for n := range 20 {
				for _, sig := range []unix.Signal{unix.SIGURG, unix.SIGWINCH, unix.SIGCHLD, unix.SIGUSR2, unix.SIGALRM} {
					s.signal(sig)
				}
				s.signal([]unix.Signal{unix.SIGCONT, unix.SIGQUIT}[n%2])
				s.waitShown(q.prompt, n+2)
			}
			if q.role == "password" && s.echoes() {
				t.Error("the secret would be shown")
			}
			s.write(q.answer + "\n")
			s.waitReport(fmt.Sprintf("answer %q", q.want))
			s.waitReport("exit 0")
			s.checkRestored("after the answer")
		})
	}
}

// When every ending signal is ignored, other signals do not take their place.
func TestNoSignalEndsAProcessThatIgnoresAllEndingSignals(t *testing.T) {
	s := startJob(t, "ignoring")
	s.waitReport("exit 0")
	if !strings.Contains(s.reported(), `answer "0"`) {
		t.Errorf("signals arrived: %q", s.reported())
	}
}

func TestSuspendingRestoresTheTerminalAndContinuingAsksAgain(t *testing.T) {
	for _, q := range questions {
		t.Run(q.role, func(t *testing.T) {
			s := startJob(t, q.role)
			for turn := 1; turn <= 2; turn++ {
				s.waitShown(q.prompt, turn)
				if turn == 1 {
					s.write("\x1a") // Ctrl-Z
				} else {
					s.signal(unix.SIGTSTP)
				}
				s.wait("a stop", func() bool { return strings.Count(s.reported(), "stopped\n") == turn })
				s.checkRestored("while stopped")
				s.resume()
			}
			s.waitShown(q.prompt, 3)
			if q.role == "password" && s.echoes() {
				t.Error("the secret would be echoed after continuing")
			}
			if q.role == "screen" {
				out := s.shown()
				if again := out[strings.LastIndex(out, "\x1b[?1049h"):]; !strings.Contains(again, "7K3F-9QXM") {
					t.Errorf("the screen was not drawn again: %q", again)
				}
			}
			s.write(q.answer + "\n")
			s.waitReport(fmt.Sprintf("answer %q", q.want))
			s.waitReport("exit 0")
			s.checkRestored("at the end")
		})
	}
}

func TestModesThatTheShellChangedMeanwhileStay(t *testing.T) {
	s := startJob(t, "password")
	s.waitShown("Secret: ", 1)
	s.signal(unix.SIGTSTP)
	s.waitReport("stopped")
	changed := s.before
	changed.Cc[unix.VERASE] = '#'
	s.master(func(fd int) error { return unix.IoctlSetTermios(fd, setTermios, &changed) })
	s.resume()
	s.waitShown("Secret: ", 2)
	s.write("abx#c\n")
	s.waitReport(`answer "abc"`)
	s.before = changed
	s.checkRestored("at the end")
}

func TestCtrlZIsIgnoredWhereNobodyCouldContinueTheProcess(t *testing.T) {
	s := startJob(t, "password", "TERM_TEST_SOLO=1")
	s.waitShown("Secret: ", 1)
	s.write("\x1a")
	s.signal(unix.SIGTSTP)
	s.write("hunter2\n")
	s.waitShown(`answer "hunter2"`, 1)
}

func TestSignalsWhileStoppedEndThePrompt(t *testing.T) {
	s := startJob(t, "screen")
	s.waitShown("Type done: ", 1)
	s.signal(unix.SIGTSTP)
	s.waitReport("stopped")
	s.signal(unix.SIGTERM)
	s.resume()
	s.waitReport("interrupted 143")
	s.waitReport("exit 0")
	s.checkRestored("after the signal")
}

func TestKeysEndAPrompt(t *testing.T) {
	for name, key := range map[string]string{"Ctrl-C": "half\x03", "Ctrl-D": "\x04", "Ctrl-U then Ctrl-D": "half\x15\x04"} {
		t.Run(name, func(t *testing.T) {
			s := startJob(t, "password")
			s.waitShown("Secret: ", 1)
			s.write(key)
			s.waitReport("interrupted 130")
			s.waitReport("exit 0")
			s.checkRestored("after the key")
		})
	}
}

func TestKeysEditTheAnswer(t *testing.T) {
	for name, c := range map[string][2]string{
		"backspace":            {"abx\x7fc\n", "abc"},
		"Ctrl-U":               {"wrong\x15right\n", "right"},
		"carriage return":      {"abc\r", "abc"},
		"Ctrl-D after text":    {"abc\x04\x04", "abc"},
		"blanks stay":          {"  a b \n", "  a b "},
		"other scripts":        {"pässwörd\n", "pässwörd"},
		"an empty line":        {"\n", ""},
		"the longest of lines": {strings.Repeat("x", maxLine) + "\n", strings.Repeat("x", maxLine)},
	} {
		t.Run(name, func(t *testing.T) {
			s := startJob(t, "password")
			s.waitShown("Secret: ", 1)
			s.write(c[0])
			s.waitReport(fmt.Sprintf("answer %q", c[1]))
		})
	}
}

func TestALineThatTheKernelMayHaveCutIsRefused(t *testing.T) {
	s := startJob(t, "password")
	s.waitShown("Secret: ", 1)
	s.write(strings.Repeat("x", 5000) + "\n")
	s.waitReport("error the answer is too long")
	s.waitReport("exit 0")
	s.checkRestored("after the refusal")
}

func TestWhatIsTypedAheadAnswersTheNextQuestion(t *testing.T) {
	s := startJob(t, "two")
	s.waitShown("Secret: ", 1)
	s.write("one\ntwo\n")
	s.waitReport(`answer "one|two"`)
	s.waitReport("exit 0")
	s.checkRestored("after both")
}

func TestHangingUpEndsAPrompt(t *testing.T) {
	s := startJob(t, "password")
	s.waitShown("Secret: ", 1)
	if err := s.ptmx.Close(); err != nil {
		t.Fatal(err)
	}
	s.waitReport("interrupted 129")
}

func TestTheContextEndsAPrompt(t *testing.T) {
	s := startJob(t, "canceled")
	s.waitShown("Secret: ", 1)
	s.signal(unix.SIGUSR1)
	s.waitReport("error ")
	s.waitReport("exit 0")
	s.checkRestored("after canceling")
}

func TestASignalTellsMoreThanTheContextItEnds(t *testing.T) {
	for range 10 {
		s := startJob(t, "notified")
		s.waitShown("Secret: ", 1)
		s.signal(unix.SIGINT)
		s.waitReport("interrupted 130")
	}
}

func TestConfirmTakesNothingButYesForYes(t *testing.T) {
	for answer, want := range map[string]string{"yes": "true", "Y": "true", "": "false", "n": "false", "NO": "false"} {
		t.Run(answer, func(t *testing.T) {
			s := startJob(t, "confirm")
			s.write("maybe\n")
			s.waitShown("Please answer y or n.", 1)
			s.write(answer + "\n")
			s.waitReport(fmt.Sprintf("answer %q", want))
		})
	}
}

func TestPromptsAreForbiddenWhereNobodyAnswers(t *testing.T) {
	for name, env := range map[string]string{"CI is set": "CI=true", "MFACTL_NO_INPUT is set": "MFACTL_NO_INPUT=1"} {
		t.Run(name, func(t *testing.T) {
			s := startJob(t, "password", env)
			s.waitReport("error cannot ask: " + name)
			if strings.Contains(s.shown(), "Secret") {
				t.Errorf("it asked all the same: %q", s.shown())
			}
		})
	}
}
