package sqlite

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// opening starts acquire and returns when acquire is about to open the lock file. A lease on
// the file stops every process that opens it, and sends a signal. goOn lets acquire go on.
func opening(t *testing.T, path string, acquire func()) (goOn func()) {
	t.Helper()
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGIO)
	t.Cleanup(func() {
		signal.Stop(asked)
		_ = f.Close()
	})
	lease := func(kind int) error {
		_, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, kind)
		return err
	}
	if err := lease(unix.F_WRLCK); err != nil {
		t.Skipf("this file system gives no lease on a file: %v", err)
	}
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		if err := blockSignals(); err != nil {
			t.Error(err)
		}
		acquire()
	}()
	<-asked
	return func() {
		if err := lease(unix.F_UNLCK); err != nil {
			t.Error(err)
		}
	}
}

// blockSignals keeps every signal from this thread. A signal that comes while the thread
// waits for the lease restarts its open, which may find another file or none by then.
func blockSignals() error {
	var all unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	return unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil)
}

// A process that opens the lock file just before its owner removes it locks a file that no
// other process will find. It must make a new one.
func TestALockFileThatWasRemovedIsMadeAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	done := make(chan error)
	goOn := opening(t, path, func() {
		l, err := files.Acquire(t.Context(), path)
		if err == nil {
			_, err = os.Lstat(path + ".lock")
			l.Release(false)
		}
		done <- err
	})
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	goOn()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// notifyingCtx is a context that reports when a goroutine waits for its end.
type notifyingCtx struct {
	context.Context
	waiting chan bool
}

// Done implements [context.Context].
func (w notifyingCtx) Done() <-chan struct{} {
	select {
	case w.waiting <- true:
	default:
	}
	return w.Context.Done()
}

// Two processes never hold the lock at the same time, even if one of them has locked a file
// that was removed and the other one the file that replaced it.
func TestALockFileThatWasReplacedIsWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	ctx, done := notifyingCtx{t.Context(), make(chan bool, 1)}, make(chan error)
	goOn := opening(t, path, func() {
		l, err := files.Acquire(ctx, path)
		if err == nil {
			l.Release(false)
		}
		done <- err
	})
	if err := os.Remove(path + ".lock"); err != nil {
		t.Fatal(err)
	}
	other := lockFor(t, path)
	goOn()
	select {
	case <-ctx.waiting:
		other.Release(false)
		if err := <-done; err != nil {
			t.Error(err)
		}
	case err := <-done:
		t.Error("two have it at once", err)
		other.Release(false)
	}
}
