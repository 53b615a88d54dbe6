package serve

import (
	"context"
	"errors"
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

// Place is where to listen: HOST:PORT, or unix:PATH.
type Place struct {
	Flag  string // that named it, for errors
	At    string
	Group string // whose members may connect to a socket besides its owner
}

// socket returns the path of a unix socket.
func (p Place) socket() (path string, is bool) {
	path, is = strings.CutPrefix(p.At, "unix:")
	return strings.TrimPrefix(path, "//"), is
}

// check refuses what is no place. The port may be 0: then the system chooses one.
func (p Place) check() error {
	if path, is := p.socket(); is {
		if !filepath.IsAbs(path) {
			return mfa.Bad(p.Flag, "unix: needs an absolute path").WithHint("%s unix:/run/mfactl/mfactl.sock", p.Flag)
		}
		return nil
	}
	if p.Group != "" {
		return mfa.Bad("--socket-group", "only a unix socket has a group").WithHint("--listen unix:/run/mfactl/mfactl.sock")
	}
	_, port, err := net.SplitHostPort(p.At)
	if _, number := strconv.ParseUint(port, 10, 16); err != nil || number != nil {
		return mfa.Bad(p.Flag, "not HOST:PORT or unix:PATH: %q", p.At).WithHint("%s 127.0.0.1:8443", p.Flag)
	}
	return nil
}

// private reports whether nobody on another machine can reach the place: only there
// may one speak in clear.
func (p Place) private() bool {
	if _, is := p.socket(); is {
		return true
	}
	host, _, err := net.SplitHostPort(p.At)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// listen opens the place. Usage for a host that there is not, Conflict where somebody
// listens there already, Forbidden where we may not.
func (p Place) listen(ctx context.Context) (net.Listener, error) {
	path, is := p.socket()
	if is {
		return p.listenSocket(ctx, path)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.At)
	if dns, is := errors.AsType[*net.DNSError](err); is {
		return nil, mfa.Bad(p.Flag, "no such host: %s", dns.Name).WithHint("%s 127.0.0.1:8443", p.Flag)
	}
	return l, p.refused(err)
}

// listenSocket makes a socket that only its owner may open, or also a group: it has
// its mode before it has any caller. One that a dead server left is removed.
func (p Place) listenSocket(ctx context.Context, path string) (net.Listener, error) {
	group, err := p.group()
	if err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, p.refused(err)
	}
	if err := p.clear(ctx, path); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, p.refused(err)
	}
	mode := os.FileMode(0o600)
	if p.Group != "" {
		mode = 0o660
		err = os.Chown(path, -1, group)
	}
	if err = errors.Join(err, os.Chmod(path, mode)); err != nil {
		_ = l.Close()
		return nil, p.refused(err)
	}
	return l, nil
}

// makeDir makes the directory of a socket, and those above that are missing: everybody
// may pass them, and the socket itself says who may open it.
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
func (p Place) clear(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().Type() != fs.ModeSocket {
		return mfa.Errorf(mfa.Conflict, "%s is there already and is no socket", path).WithHint("give another path to %s", p.Flag)
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) { // also one that is too busy to answer
		return mfa.Errorf(mfa.Conflict, "another server listens at %s already", path).
			WithHint("stop that one, or give another path to %s", p.Flag).WithCause(err)
	}
	return p.refused(os.Remove(path))
}

func (p Place) group() (id int, _ error) {
	if p.Group == "" {
		return 0, nil
	}
	g, err := user.LookupGroup(p.Group)
	if err != nil {
		return 0, mfa.Bad("--socket-group", "no such group: %s", p.Group).WithCause(err)
	}
	return strconv.Atoi(g.Gid)
}

// refused says why a place could not be opened.
func (p Place) refused(err error) error {
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
	e := mfa.Errorf(code, "cannot listen at %s: %s", p.At, why).WithCause(err)
	if errors.Is(err, syscall.EADDRINUSE) {
		return e.WithHint("stop what listens there, or give another address to %s", p.Flag)
	}
	return e
}
