package signin

import (
	"context"
	"net/netip"
	"net/url"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// withPurpose checks what the caller of verify says the code is for and where the person is,
// and returns a context under which events and notices name it as claimed: nothing shows
// that it is true.
func withPurpose(ctx context.Context, req mfa.VerifyRequest) (context.Context, error) {
	call := mfa.CallFrom(ctx)
	var claims, words []string
	for _, c := range []struct{ field, name, words, value string }{
		{"service", "service", "service ", req.Service},
		{"client_address", "client_address", "client address ", canonicalAddress(req.ClientAddress)},
	} {
		if c.value == "" {
			continue
		}
		value, err := act.CanonicalName(c.field, c.value)
		if err != nil {
			return nil, err
		}
		claims, words = append(claims, c.name+"="+url.QueryEscape(value)), append(words, c.words+value)
	}
	if len(claims) == 0 {
		return ctx, nil
	}
	if call.From.Claimed != "" {
		claims = append(claims, call.From.Claimed)
	}
	call.From.Claimed, call.Purpose = strings.Join(claims, " "), strings.Join(words, ", ")
	return mfa.WithCall(ctx, call), nil
}

// canonicalAddress returns an IP address in its usual form, and any other text, such as the
// name of a host, as it is.
func canonicalAddress(s string) string {
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.Unmap().String()
	}
	return s
}
