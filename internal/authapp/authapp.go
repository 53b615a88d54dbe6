// Package authapp is a simulated authenticator app, for the demo and for tests. It
// knows what stands in an otpauth URI and nothing else, and shares no code of ours with
// what checks its codes. The library that computes them is the same, and the tests of
// package factor compare it with an implementation of their own.
package authapp

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// App is an app that has one key.
type App struct {
	secret string // base32
	codes  hotp.ValidateOpts
	period int64
}

// Scan reads an otpauth URI as an app does from a QR code.
func Scan(uri string) (*App, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" {
		return nil, errors.New("not an otpauth URI")
	}
	q := u.Query()
	a := &App{secret: q.Get("secret"), codes: hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}, period: 30}
	switch q.Get("algorithm") {
	case "SHA256":
		a.codes.Algorithm = otp.AlgorithmSHA256
	case "SHA512":
		a.codes.Algorithm = otp.AlgorithmSHA512
	}
	if n, err := strconv.Atoi(q.Get("digits")); err == nil {
		a.codes.Digits = otp.Digits(n)
	}
	if n, err := strconv.ParseInt(q.Get("period"), 10, 64); err == nil {
		a.period = n
	}
	if _, err := hotp.GenerateCodeCustom(a.secret, 0, a.codes); err != nil || a.secret == "" {
		return nil, errors.New("not a base32 secret")
	}
	return a, nil
}

// Code returns what the app shows at a moment.
func (a *App) Code(now time.Time) string { return a.At(now.Unix() / a.period) }

// At returns the code of a time step or counter.
func (a *App) At(counter int64) string {
	code, err := hotp.GenerateCodeCustom(a.secret, uint64(counter), a.codes) //nolint:gosec // G115: no counter is negative
	if err != nil {
		panic(err) // Scan has tried the secret
	}
	return code
}

// Wrong returns a code of the right form that is right at no step within two
// hours of the moment.
func (a *App) Wrong(now time.Time) string {
	near := map[string]bool{}
	for d := int64(-250); d <= 250; d++ {
		near[a.At(now.Unix()/a.period+d)] = true
	}
	for n := 0; ; n++ {
		if code := a.codes.Digits.Format(int32(n)); !near[code] { //nolint:gosec // G115: of 501 numbers one is free
			return code
		}
	}
}
