package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Address says where to listen: HOST:PORT, or unix:PATH.
type Address struct {
	Flag  string // the flag that gave the address, for errors
	At    string
	Group string // whose members may connect to a socket besides its owner
}

// socket returns the path of a unix socket.
func (a Address) socket() (path string, is bool) {
	path, is = strings.CutPrefix(a.At, "unix:")
	return strings.TrimPrefix(path, "//"), is
}

// check refuses what is not an address. The port may be 0: then the system chooses one.
func (a Address) check() error {
	if path, is := a.socket(); is {
		if !filepath.IsAbs(path) {
			return mfa.UsageError(a.Flag, "unix: needs an absolute path").WithHint("%s unix:/run/mfactl/mfactl.sock", a.Flag)
		}
		return nil
	}
	if a.Group != "" {
		return mfa.UsageError("--socket-group", "only a unix socket has a group").WithHint("--listen unix:/run/mfactl/mfactl.sock")
	}
	_, port, err := net.SplitHostPort(a.At)
	if _, number := strconv.ParseUint(port, 10, 16); err != nil || number != nil {
		return mfa.UsageError(a.Flag, "not HOST:PORT or unix:PATH: %q", a.At).WithHint("%s 127.0.0.1:8443", a.Flag)
	}
	return nil
}

// private reports whether the address can only be reached from this machine: only there
// is plain HTTP allowed.
func (a Address) private() bool {
	if _, is := a.socket(); is {
		return true
	}
	host, _, _ := net.SplitHostPort(a.At) // check has refused what has none
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// listen opens the address. Usage for a host that does not exist, Conflict where another
// program listens there already, Forbidden where mfactl may not.
func (a Address) listen(ctx context.Context) (net.Listener, error) {
	path, is := a.socket()
	if is {
		return a.listenSocket(ctx, path)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.At)
	if dns, is := errors.AsType[*net.DNSError](err); is {
		return nil, mfa.UsageError(a.Flag, "no such host: %s", dns.Name).WithHint("%s 127.0.0.1:8443", a.Flag)
	}
	return l, a.listenError(err)
}

// listenSocket makes a socket that only its owner may open, or also a group: it has
// its mode before it has any caller. One that a dead server left is removed.
func (a Address) listenSocket(ctx context.Context, path string) (net.Listener, error) {
	group, err := a.group()
	if err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, a.listenError(err)
	}
	if err := a.clear(ctx, path); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, a.listenError(err)
	}
	mode := os.FileMode(0o600)
	if a.Group != "" {
		mode = 0o660
		err = os.Chown(path, -1, group)
	}
	if err = errors.Join(err, os.Chmod(path, mode)); err != nil {
		_ = l.Close()
		return nil, a.listenError(err)
	}
	return l, nil
}

// makeDir makes the directory of a socket, and those above it that are missing. Every user
// may pass through them; the mode of the socket decides who may open it.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if above := filepath.Dir(dir); above != dir {
		if err := makeDir(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil { //nolint:gosec // G301: the socket's own mode guards it
		return err
	}
	return os.Chmod(dir, 0o755) //nolint:gosec // G302: whatever the umask is
}

// clear removes the socket of a server that is no more.
func (a Address) clear(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return mfa.Errorf(mfa.Conflict, "%s is there already and is no socket", path).WithHint("give another path to %s", a.Flag)
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) { // also one that is too busy to answer
		return mfa.Errorf(mfa.Conflict, "another server listens at %s already", path).
			WithHint("stop that one, or give another path to %s", a.Flag).WithCause(err)
	}
	return a.listenError(os.Remove(path))
}

func (a Address) group() (id int, _ error) {
	if a.Group == "" {
		return 0, nil
	}
	g, err := user.LookupGroup(a.Group)
	if err != nil {
		return 0, mfa.UsageError("--socket-group", "no such group: %s", a.Group).WithCause(err)
	}
	if id, err = strconv.Atoi(g.Gid); err != nil {
		return 0, mfa.Fault(fmt.Errorf("read the id of group %s: %w", a.Group, err))
	}
	return id, nil
}

// listenError says why an address could not be opened.
func (a Address) listenError(err error) error {
	if err == nil {
		return nil
	}
	why := err
	if sys, is := errors.AsType[*os.SyscallError](err); is {
		why = sys.Err
	}
	code := mfa.Conflict
	if errors.Is(err, fs.ErrPermission) {
		code = mfa.Forbidden
	}
	e := mfa.Errorf(code, "cannot listen at %s: %s", a.At, why).WithCause(err)
	if errors.Is(err, syscall.EADDRINUSE) {
		return e.WithHint("stop what listens there, or give another address to %s", a.Flag)
	}
	return e
}
