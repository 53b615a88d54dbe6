// Package signin is the part of the engine that users reach for themselves: signing in,
// challenges, 2FA and its factors, backup codes, their own passwords; and verify, which asks
// the same of a code.
//
// A second factor is counted, checked and claimed in one transaction that holds the user's
// row (secondFactor in check.go). Package signin must never check a code without that, and
// must never open a session of level mfa for less than a password and a second factor.
package signin

import "github.com/mfactl/mfactl/internal/act"

// Part implements what users do with their own accounts, and verify.
type Part struct{ *act.Runner }
