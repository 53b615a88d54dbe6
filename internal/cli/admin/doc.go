// Package admin holds the commands below "admin", which act on other people's accounts and on
// what a community shares: users, resets, requests, roles, policy, sessions, tokens and the
// audit trail.
//
// # What it must never do
//
// Decide who may do what, which is for the engine, act on a user without the preview and the
// confirmation that a UserCommand brings, or show a secret that was not asked for.
package admin
