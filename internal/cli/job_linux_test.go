package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// jobPrograms are more programs that the binary of the tests can run as, for tests that
// start processes.
func jobPrograms() map[string]func() { return map[string]func(){"as-job": asJob} }

// asJob runs mfactl as the foreground job of a terminal, as a shell does, and continues it
// each time that it stops, as fg does. Signals that TEST_IGNORED names are ignored from the
// start, as under nohup.
func asJob() {
	if os.Getenv("TEST_IGNORED") == "SIGHUP" {
		signal.Ignore(syscall.SIGHUP)
	}
	c := exec.Command("mfactl", os.Args[1:]...) //nolint:noctx // it ends with the terminal
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0}
	if err := c.Start(); err != nil {
		fmt.Println(err)
		os.Exit(127)
	}
	for {
		var status syscall.WaitStatus
		_, err := syscall.Wait4(c.Process.Pid, &status, syscall.WUNTRACED, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			fmt.Println(err)
			os.Exit(127)
		case status.Stopped():
			_ = syscall.Kill(-c.Process.Pid, syscall.SIGCONT) // it may have ended
		case status.Signaled():
			fmt.Println("ended by", status.Signal())
			os.Exit(126)
		default:
			os.Exit(status.ExitStatus())
		}
	}
}
