//go:build unix

package term

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

const (
	contSignal = unix.SIGCONT // arrives when a stopped process continues
	// quitSignal is taken while the terminal is held, and ends nothing: by default it
	// would end the process with the echo off and a secret on the screen.
	quitSignal = unix.SIGQUIT
)

// watchStops takes Ctrl-Z over from the kernel, for as long as the process
// lives: Go cannot give SIGTSTP its default action back, so to stop listening
// after a prompt would leave a command that cannot be suspended.
func (t *Terminal) watchStops() {
	if signal.Ignored(unix.SIGTSTP) {
		return
	}
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, unix.SIGTSTP)
	go func() {
		for range stops {
			t.mu.Lock()
			h := t.hold
			t.mu.Unlock()
			if h == nil {
				stopSelf()
			} else {
				h.suspend()
			}
		}
	}()
}

// suspend restores the terminal and stops the process. On return the shell may
// have left other modes, which are the ones to put back at the end; watch, which
// hears SIGCONT too, then calls resume.
func (h *hold) suspend() {
	if !canStop() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.restore()
	stopSelf()
	if h.gone {
		return
	}
	if now, err := h.tty.state(); err == nil {
		h.saved = now
	}
}

// canStop reports whether somebody is there to continue us. POSIX has the
// kernel drop SIGTSTP for an orphaned process group; SIGSTOP it never drops. A
// group that the session's leader belongs to is an orphaned one.
func canStop() bool {
	session, err := unix.Getsid(0)
	if err != nil || session == unix.Getpgrp() {
		return false
	}
	parents, err := unix.Getsid(unix.Getppid())
	return err == nil && parents == session
}

// stopSelf stops the process and returns when it has been continued.
func stopSelf() {
	if !canStop() {
		return
	}
	cont := make(chan os.Signal, 1)
	signal.Notify(cont, contSignal)
	defer signal.Stop(cont)
	if unix.Kill(unix.Getpid(), unix.SIGSTOP) == nil {
		<-cont
	}
}
