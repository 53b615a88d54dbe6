package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Seen is what a server shows to everybody.
type Seen struct {
	Ready       bool      // it can serve
	Clock       time.Time // its own, to the second
	Certificate time.Time // the end of the first certificate of its chain that ends; zero in clear
}

// Reach finds out whether anybody who is trusted answers at all, in no other version, before
// a person is asked for what would be of no use. What else the answer is does not matter: what
// stands before the server may let nothing through but methods. Codes as Look.
func (c *Client) Reach(ctx context.Context) error {
	soon, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	resp, err := c.knock(soon, http.MethodHead, descriptionPath)
	switch {
	case ctx.Err() != nil:
		return mfa.AsError(ctx.Err())
	case err != nil:
		return err
	}
	_ = resp.Body.Close() // nothing of it is read
	return c.otherVersion(resp.Header)
}

// knock asks for what a server shows to everybody. It sends no token.
func (c *Client) knock(ctx context.Context, method, path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return nil, mfa.Fault(err)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		_, err = c.unreachable(err)
	}
	return resp, err
}

// Look asks a server how it is. Codes as a method that changes nothing.
func (c *Client) Look(ctx context.Context) (s Seen, _ error) {
	if err := c.Reach(ctx); err != nil {
		return s, err
	}
	resp, err := c.knock(ctx, http.MethodGet, "/readyz")
	if err != nil {
		return s, err
	}
	defer func() { _ = resp.Body.Close() }() // only read
	var said struct {
		Ready *bool `json:"ready"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, maxBody)).Decode(&said); err != nil || said.Ready == nil {
		return s, c.stranger(err)
	}
	s.Ready = *said.Ready
	s.Clock, _ = http.ParseTime(resp.Header.Get("Date"))
	if resp.TLS == nil {
		return s, nil
	}
	for _, cert := range resp.TLS.PeerCertificates {
		if s.Certificate.IsZero() || cert.NotAfter.Before(s.Certificate) {
			s.Certificate = cert.NotAfter
		}
	}
	return s, nil
}
