// Package phone is a simulated authenticator app, for the demo and for tests. It
// knows what stands in an otpauth URI and nothing else, and shares no code of ours with
// what checks its codes. The library that computes them is the same, and the tests of
// package factor compare it with an implementation of their own.
package phone

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Phone is one key in an app.
type Phone struct {
	secret string // base32
	codes  hotp.ValidateOpts
	period int64
}

// Scan reads an otpauth URI as an app does from a QR code.
func Scan(uri string) (*Phone, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" {
		return nil, errors.New("not an otpauth URI")
	}
	q := u.Query()
	p := &Phone{secret: q.Get("secret"), codes: hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}, period: 30}
	switch q.Get("algorithm") {
	case "SHA256":
		p.codes.Algorithm = otp.AlgorithmSHA256
	case "SHA512":
		p.codes.Algorithm = otp.AlgorithmSHA512
	}
	if n, err := strconv.Atoi(q.Get("digits")); err == nil {
		p.codes.Digits = otp.Digits(n)
	}
	if n, err := strconv.ParseInt(q.Get("period"), 10, 64); err == nil {
		p.period = n
	}
	if _, err := hotp.GenerateCodeCustom(p.secret, 0, p.codes); err != nil || p.secret == "" {
		return nil, errors.New("not a base32 secret")
	}
	return p, nil
}

// Code returns what the app shows at a moment.
func (p *Phone) Code(now time.Time) string { return p.At(now.Unix() / p.period) }

// At returns the code of a time step or counter.
func (p *Phone) At(counter int64) string {
	code, err := hotp.GenerateCodeCustom(p.secret, uint64(counter), p.codes) //nolint:gosec // G115: no counter is negative
	if err != nil {
		panic(err) // Scan has tried the secret
	}
	return code
}

// Wrong returns a code of the right form that is right at no step within two
// hours of the moment.
func (p *Phone) Wrong(now time.Time) string {
	near := map[string]bool{}
	for d := int64(-250); d <= 250; d++ {
		near[p.At(now.Unix()/p.period+d)] = true
	}
	for n := 0; ; n++ {
		if code := p.codes.Digits.Format(int32(n)); !near[code] { //nolint:gosec // G115: of 501 numbers one is free
			return code
		}
	}
}
