package api

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/mfactl/mfactl/internal/mfa"
)

// foreignServer is the error of a socket that belongs to the process of a user who must not
// receive a password or a token.
type foreignServer struct{ who string }

// Error implements error.
func (f foreignServer) Error() string { return "its server runs as " + f.who }

// dialSocket connects to a unix socket. It closes the connection before anything is sent if
// the server is not a process of root, of the caller, or of one of the owners. Any user may
// create a socket in a directory that everybody may write, and passwords would be sent to it.
func dialSocket(ctx context.Context, path string, owners []int) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	uid, known := peerOf(c)
	switch {
	case !known:
		err = foreignServer{"a user whom this operating system does not name"}
	case uid != 0 && uid != os.Geteuid() && !slices.Contains(owners, uid):
		err = foreignServer{"the user with the uid " + strconv.Itoa(uid)}
	default:
		return c, nil
	}
	_ = c.Close()
	return nil, fmt.Errorf("dial %s: %w", path, err)
}

// refused is what the caller reads about such a server.
func (f foreignServer) refused(at Server) *mfa.Error {
	return mfa.Errorf(mfa.Unavailable, "%s is not trusted: %s, who is neither root, nor the owner of the host's store, nor you; nothing was sent", at, f.Error()).
		WithHint("ask the administrators of this host for the right socket: ls -l %s shows the owner of this one", mfa.ShellWord(at.Socket))
}
