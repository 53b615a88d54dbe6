//go:build faults && linux && amd64

package faults

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// blow is what befalls a process at one of its calls of the system. Calls are
// counted over all threads of the process: strace counts each thread's own, and
// a Go program changes threads.
type blow struct {
	calls  func(call) bool // those that are counted
	at     int             // the one that is hit, from 1; 0: none
	signal syscall.Signal  // is sent before the call happens
	errno  syscall.Errno   // the call does not happen, and fails with this

	born func(pid int) error // is called before the process does anything, if not nil
}

// call is one call of the system as it begins.
type call struct {
	tid  int
	nr   uint64
	regs *syscall.PtraceRegs
}

// writes are the calls that change a file, and the write of an answer.
func writes(c call) bool {
	switch c.nr {
	case unix.SYS_PWRITE64, unix.SYS_FTRUNCATE, unix.SYS_FSYNC, unix.SYS_FDATASYNC,
		unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2,
		unix.SYS_MKDIR, unix.SYS_MKDIRAT, unix.SYS_LINK, unix.SYS_LINKAT:
		return true
	case unix.SYS_OPENAT:
		return c.regs.Rdx&unix.O_CREAT != 0
	case unix.SYS_WRITE:
		return !strings.HasPrefix(c.file(), "anon_inode:") // the runtime's own
	}
	return false
}

// syncs are the calls that bring a file to the disk.
func syncs(c call) bool { return c.nr == unix.SYS_FSYNC || c.nr == unix.SYS_FDATASYNC }

// storeWrites are the calls that write into the database or its log.
func storeWrites(c call) bool { return c.nr == unix.SYS_PWRITE64 || c.nr == unix.SYS_FTRUNCATE }

// answers is the call that writes to standard output.
func answers(c call) bool { return c.nr == unix.SYS_WRITE && c.regs.Rdi == 1 }

// file is what the call's first argument stands for.
func (c call) file() string {
	name, _ := os.Readlink("/proc/" + strconv.Itoa(c.tid) + "/fd/" + strconv.Itoa(int(c.regs.Rdi))) // empty where it is none
	return name
}

// struck runs mfactl with a blow, and tells how many calls were counted before
// it ended or was hit.
func (l *lab) struck(b blow, who, stdin string, args ...string) (a answer, calls int) {
	l.t.Helper()
	c := l.cmd(who, "", args...)
	in, out, talk := l.pipe(stdin), l.pipe(""), l.pipe("")
	defer func() { _ = in.Close(); _ = out.Close(); _ = talk.Close() }() // they were removed when they were made
	c.Stdin, c.Stdout, c.Stderr = in, out, talk
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	tr := &tracer{blow: b, inside: map[int]bool{}, known: map[int]bool{}}
	status, err := tr.run(c)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer{l.all(out), l.all(talk), status}, tr.seen
}

// pipe is a file without a name that holds a text: unlike a pipe it needs nobody
// who copies.
func (l *lab) pipe(text string) *os.File {
	l.t.Helper()
	f, err := os.CreateTemp("", "faults-*")
	if err == nil {
		err = os.Remove(f.Name())
	}
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		_, err = f.Seek(0, 0)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return f
}

func (l *lab) all(f *os.File) string {
	l.t.Helper()
	info, err := f.Stat()
	if err != nil {
		l.t.Fatal(err)
	}
	b := make([]byte, info.Size())
	if _, err := f.ReadAt(b, 0); err != nil && len(b) > 0 {
		l.t.Fatal(err)
	}
	return string(b)
}

// tracer follows the threads of one process (ptrace(2)).
type tracer struct {
	blow
	pid    int
	seen   int
	struck bool
	inside map[int]bool // threads in a call
	known  map[int]bool // threads that have stopped for the first time
	failed int          // the thread whose call is to fail
}

// run starts the process and follows it to its end. Only the thread that started
// it may follow it. The process is a group of its own, so that nobody else's child
// is waited for here: the thread may have started others before.
func (tr *tracer) run(c *exec.Cmd) (status int, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.Start(); err != nil {
		return 0, err
	}
	tr.pid = c.Process.Pid
	defer func() { _ = c.Process.Release() }() // it was waited for here
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(tr.pid, &ws, syscall.WALL, nil); err != nil {
		return 0, err
	}
	const options = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		return 0, err
	}
	if tr.born != nil {
		if err := tr.born(tr.pid); err != nil {
			return 0, err
		}
	}
	tr.known[tr.pid] = true
	tid, signal := tr.pid, syscall.Signal(0)
	for {
		tr.resume(tid, signal)
		if tid, err = syscall.Wait4(-tr.pid, &ws, syscall.WALL|syscall.WNOTHREAD, nil); err != nil {
			return 0, err
		}
		switch {
		case ws.Exited() && tid == tr.pid:
			return ws.ExitStatus(), nil
		case ws.Signaled() && tid == tr.pid:
			return 128 + int(ws.Signal()), nil
		case ws.Stopped():
			signal = tr.stopped(tid, ws)
		}
	}
}

// resume lets a thread go on. What has ended meanwhile needs no telling.
func (tr *tracer) resume(tid int, signal syscall.Signal) {
	if tr.struck && tr.failed == 0 {
		_ = syscall.PtraceCont(tid, int(signal))
		return
	}
	_ = syscall.PtraceSyscall(tid, int(signal))
}

// stopped looks at why a thread has stopped and returns the signal to give it.
func (tr *tracer) stopped(tid int, ws syscall.WaitStatus) syscall.Signal {
	switch signal := ws.StopSignal(); {
	case signal == syscall.SIGTRAP|0x80:
		tr.inside[tid] = !tr.inside[tid]
		tr.look(tid)
		return 0
	case signal == syscall.SIGTRAP: // a thread was made
		return 0
	case signal == syscall.SIGSTOP && !tr.known[tid]: // it is this one
		tr.known[tid] = true
		return 0
	default:
		return signal
	}
}

// look counts a call that begins, strikes the one that is to be hit, and makes a
// call that is to fail end so.
func (tr *tracer) look(tid int) {
	var regs syscall.PtraceRegs
	if tr.struck && tr.failed != tid || syscall.PtraceGetRegs(tid, &regs) != nil {
		return
	}
	if !tr.inside[tid] {
		if tr.failed == tid {
			regs.Rax = -uint64(tr.errno)
			_ = syscall.PtraceSetRegs(tid, &regs) // the process may have ended
			tr.failed = 0
		}
		return
	}
	if !tr.calls(call{tid, regs.Orig_rax, &regs}) {
		return
	}
	if tr.seen++; tr.seen != tr.at {
		return
	}
	tr.struck = true
	if tr.signal != 0 {
		_ = syscall.Kill(tr.pid, tr.signal)
		return
	}
	tr.failed = tid
	regs.Orig_rax = ^uint64(0) // no such call: it does not happen
	_ = syscall.PtraceSetRegs(tid, &regs)
}
