// Package admin is the part of the engine that administrators reach: other users, sessions and
// tokens, resets, requests that wait for a second person, communities, roles, policies and the
// audit trail.
//
// Package act has decided already that the caller has the permission over the target. The
// rules between persons are here: who may approve, and what one person must not do alone
// (two_persons.go). Package admin must never return a secret of an account that it did not
// issue in the same act.
package admin

import "github.com/mfactl/mfactl/internal/act"

// Part implements what administrators do.
type Part struct{ *act.Runner }
