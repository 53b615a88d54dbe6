// Package phone is a simulated authenticator app, for the demo and for tests. It
// knows what stands in an otpauth URI and nothing else, and computes codes by
// itself, apart from the code that checks them.
package phone

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238's default
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"strconv"
	"time"
)

// Phone is one key in an app.
type Phone struct {
	secret []byte
	mac    func() hash.Hash
	digits int
	period int64
}

// Scan reads an otpauth URI as an app does from a QR code.
func Scan(uri string) (*Phone, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" {
		return nil, errors.New("not an otpauth URI")
	}
	q := u.Query()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(q.Get("secret"))
	if err != nil {
		return nil, errors.New("not a base32 secret")
	}
	p := &Phone{secret: secret, mac: sha1.New, digits: 6, period: 30}
	switch q.Get("algorithm") {
	case "SHA256":
		p.mac = sha256.New
	case "SHA512":
		p.mac = sha512.New
	}
	if n, err := strconv.Atoi(q.Get("digits")); err == nil {
		p.digits = n
	}
	if n, err := strconv.ParseInt(q.Get("period"), 10, 64); err == nil {
		p.period = n
	}
	return p, nil
}

// Code returns what the app shows at a moment.
func (p *Phone) Code(now time.Time) string { return p.At(now.Unix() / p.period) }

// At returns the code of a time step or counter (RFC 4226 §5.3).
func (p *Phone) At(counter int64) string {
	h := hmac.New(p.mac, p.secret)
	_ = binary.Write(h, binary.BigEndian, counter)
	sum := h.Sum(nil)
	i := sum[len(sum)-1] & 15
	n := uint64(binary.BigEndian.Uint32(sum[i:i+4]) & 0x7fffffff)
	mod := uint64(1)
	for range p.digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", p.digits, n%mod)
}

// Wrong returns a code of the right form that is right at no step within two
// hours of the moment.
func (p *Phone) Wrong(now time.Time) string {
	near := map[string]bool{}
	for d := int64(-250); d <= 250; d++ {
		near[p.At(now.Unix()/p.period+d)] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%0*d", p.digits, n); !near[code] {
			return code
		}
	}
}
