// Package cli is the program: the tree of all commands, its help and its completion. The
// commands are in packages below it, by who uses them: account, admin and host. The frame
// that a command runs in is package app.
//
// # From argv to exit
//
// Main makes an App and the command tree. A command reads its flags into a request, opens
// the Service when it first needs it (app/open.go), and prints the reply through one printer
// (app/output.go). Every error ends in one place (app/errors.go), which knows the exit status
// from the table of package mfa.
//
// # Decisions about speed
//
// Every library costs start time. The libraries for the terminal, the settings, SQLite and
// jq, linked but not used, take 1.7 times as long as a program with cobra alone, and --help
// takes 1.8 times as long ("go run ./internal/bench" measures both side by side). So no
// code of ours runs before main. The settings, the store and the key are opened when they
// are first used. Signals are watched from the first act on, because setting that up takes
// as long as a look-up.
//
// The commands below "admin" are created only if the command line may mean them. They are
// half of all commands, and creating them took as long as the rest of --help.
//
// # What it must never do
//
// Do the work of a command itself, or open a store, a server or the settings where only help
// or completion was asked for.
package cli
