package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/mfactl/mfactl/internal/mfa"
)

// unreachable says why there was no answer, and what helps. Final is what another
// try does not mend.
func (c *Client) unreachable(err error) (final bool, _ error) {
	if e := c.distrusted(err); e != nil {
		return true, e.WithCause(err)
	}
	if f, is := errors.AsType[foreignServer](err); is {
		return true, f.refused(c.at).WithCause(err)
	}
	say := func(why string) *mfa.Error {
		return mfa.Errorf(mfa.Unavailable, "%s cannot be reached: %s", c.at, why).WithCause(err)
	}
	var dns *net.DNSError
	switch {
	case c.at.Socket != "" && errors.Is(err, fs.ErrPermission):
		return true, mfa.Errorf(mfa.Forbidden, "the socket %s may not be opened", c.at.Socket).
			WithHint("have yourself added to its group, which ls -l %s shows", mfa.ShellWord(c.at.Socket)).WithCause(err)
	case c.at.Socket != "" && errors.Is(err, fs.ErrNotExist):
		return true, say("there is no such socket").WithHint("see that mfactl serve runs on this host")
	case errors.As(err, &dns) && dns.IsNotFound:
		return true, say("no such host").WithHint("see whether the address is right")
	case errors.Is(err, syscall.ECONNREFUSED):
		return false, say("nobody listens there").WithHint("see that mfactl serve runs there")
	}
	if tooSlow(err) {
		return false, say("it does not answer in time")
	}
	return false, say("the connection was lost")
}

// unanswered says what became of a request that may have had its effect.
func (c *Client) unanswered(err error) string {
	if tooSlow(err) {
		return c.at.String() + " did not answer in time"
	}
	return "the connection to " + c.at.String() + " was lost before it answered"
}

func tooSlow(err error) bool {
	timeout, is := errors.AsType[net.Error](err)
	return is && timeout.Timeout()
}

// distrusted tells of a server that could not show that it is the one that was
// meant; nil where that was not the trouble.
func (c *Client) distrusted(err error) *mfa.Error {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		op        *net.OpError
		verify    *tls.CertificateVerificationError
	)
	no := func(why, hint string) *mfa.Error {
		return mfa.Errorf(mfa.Unavailable, "%s is not trusted: %s", c.at, why).WithHint("%s", hint)
	}
	switch {
	case errors.As(err, &name):
		return no("its certificate is for another name", "use a name that the certificate is for: "+namesOf(name.Certificate))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return no("its certificate has expired, or is not valid yet", "have the certificate renewed, and see that the clock here is right")
	case errors.As(err, &authority):
		return no("its certificate is signed by nobody who is known here", "--ca-file FILE, if the server has a private CA")
	case errors.As(err, &verify):
		return no("its certificate is not valid", "have the certificate renewed")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return no("it does not speak TLS", "see whether address and port are right")
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"): // an alert of crypto/tls
		return no("the TLS handshake failed", "the server may be too old: TLS 1.2 is the least")
	}
	return nil
}

// namesOf lists some of the names of a certificate.
func namesOf(c *x509.Certificate) string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	const some = 5
	if len(names) > some {
		names = append(names[:some], "...")
	}
	return strings.Join(names, ", ")
}
