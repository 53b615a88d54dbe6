//go:build faults && linux && amd64

package faults

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mountTmpfs mounts a file system of so many bytes in memory, until the test ends.
// Where that is not allowed the test is skipped.
func mountTmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+size)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skip("mounting needs root:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

func unmount(t *testing.T, dir string) {
	t.Helper()
	if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
		t.Error(err)
	}
}

// remount makes a file system read-only, or writable again.
func remount(t *testing.T, dir string, readOnly bool) {
	t.Helper()
	var flags uintptr = unix.MS_REMOUNT
	if readOnly {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("", dir, "", flags, ""); err != nil {
		t.Fatal(err)
	}
}

// disk is an ext4 file system in a file, whose power can be cut.
type disk struct {
	t          *testing.T
	image, dir string
	loop       string // the device it lies on
}

// newDisk makes and mounts a disk, until the test ends.
func newDisk(t *testing.T) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	for _, tool := range []string{"mkfs.ext4", "losetup"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	d := &disk{t: t, image: filepath.Join(t.TempDir(), "disk"), dir: t.TempDir()}
	err := os.WriteFile(d.image, nil, 0o600)
	if err == nil {
		err = os.Truncate(d.image, 128<<20)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.tool("mkfs.ext4", "-q", d.image)
	if out, err := exec.CommandContext(t.Context(), "losetup", "--find", "--show", d.image).Output(); err != nil {
		t.Skip("no loop device:", err)
	} else {
		d.loop = strings.TrimSpace(string(out))
	}
	t.Cleanup(func() { _ = exec.Command("losetup", "--detach", d.loop).Run() }) //nolint:noctx // the test's context has ended
	d.mount()
	t.Cleanup(func() { unmount(t, d.dir) })
	return d
}

func (d *disk) tool(args ...string) {
	d.t.Helper()
	if out, err := exec.CommandContext(d.t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %v: %s", args, err, out)
	}
}

func (d *disk) mount() {
	d.t.Helper()
	err := unix.Mount(d.loop, d.dir, "ext4", 0, "")
	if errors.Is(err, unix.EPERM) {
		d.t.Skip("mounting is not allowed:", err)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// shutdown is EXT4_IOC_SHUTDOWN, and noLogFlush its way that loses all that was
// not yet brought to the disk (linux/fs/ext4/ext4.h).
const (
	shutdown   = 0x8004587D
	noLogFlush = 2
)

// cut takes the power away: from now on nothing reaches the disk.
func (d *disk) cut() {
	d.t.Helper()
	f, err := os.Open(d.dir)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(f.Fd()), shutdown, noLogFlush)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		d.t.Fatal(err)
	}
}

// restart mounts the disk again, as it was when the power went.
func (d *disk) restart() {
	d.t.Helper()
	if err := unix.Unmount(d.dir, 0); err != nil {
		d.t.Fatal(err)
	}
	d.mount()
}
