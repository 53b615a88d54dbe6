package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// lookEvery is how often a handshake looks whether the files have changed.
const lookEvery = time.Second

// certificate is a key pair in files that another program renews: it is read again
// when they change, and handshakes that have begun keep the one they have.
type certificate struct {
	files  Files
	clock  func() time.Time
	log    *slog.Logger
	mu     sync.Mutex
	pair   *tls.Certificate
	state  [2]fileState
	looked time.Time
}

// Files are a certificate with its chain and its key, in PEM.
type Files struct {
	Certificate string
	Key         string
	// KeyAnyMode takes a key that others may read: a service manager hands it over in
	// a directory of its own.
	KeyAnyMode bool
}

type fileState struct {
	changed time.Time
	size    int64
}

// newCertificate reads the files. Usage where they are none, Forbidden where others
// may read the key.
func newCertificate(f Files, clock func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{files: f, clock: clock, log: log, looked: clock()}
	state, err := c.look()
	if err != nil {
		return nil, err
	}
	return c, c.read(state)
}

// look tells the state of both files.
func (c *certificate) look() (state [2]fileState, _ error) {
	for i, path := range []string{c.files.Certificate, c.files.Key} {
		info, err := os.Stat(path)
		if err != nil {
			return state, mfa.UsageError([]string{"--tls-cert", "--tls-key"}[i], "%s cannot be read", path).WithCause(err)
		}
		if i == 1 && !c.files.KeyAnyMode && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			return state, mfa.Errorf(mfa.Forbidden, "the TLS key %s is open to others (mode %04o)", path, info.Mode().Perm()).
				WithHint("chmod 600 %s", mfa.ShellWord(path))
		}
		state[i] = fileState{info.ModTime(), info.Size()}
	}
	return state, nil
}

func (c *certificate) read(state [2]fileState) error {
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return mfa.UsageError("--tls-cert", "certificate and key cannot be used: %s", err).
			WithCause(fmt.Errorf("load %s and %s: %w", c.files.Certificate, c.files.Key, err))
	}
	c.pair, c.state = &pair, state
	if end := pair.Leaf.NotAfter; c.clock().After(end) {
		c.log.Warn("the TLS certificate has expired", "file", c.files.Certificate, "at", end)
	}
	return nil
}

// get implements [tls.Config.GetCertificate]. If a new pair cannot be used, the log says
// so, and the old pair stays: while one of two files is written they do not
// go together.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if now.Sub(c.looked) < lookEvery {
		return c.pair, nil
	}
	c.looked = now
	state, err := c.look()
	if err == nil && state == c.state {
		return c.pair, nil
	}
	if err == nil {
		err = c.read(state)
	}
	if err != nil {
		c.log.Error("the new TLS certificate cannot be used, the old one stays", "cause", mfa.Trace(err))
		return c.pair, nil
	}
	c.log.Info("the TLS certificate was read again", "file", c.files.Certificate)
	return c.pair, nil
}
