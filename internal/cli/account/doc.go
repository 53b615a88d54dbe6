// Package account holds the commands that people use for themselves: signing in and out,
// their own factors, backup codes and password, and the places where they work. It also
// holds verify, which an application uses to check a user's code.
//
// # What it must never do
//
// Decide what only the engine may decide, open a store or a server by itself, or print a
// secret other than by the frame in package app.
package account
