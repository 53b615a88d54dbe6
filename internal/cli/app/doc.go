// Package app is the frame that a command runs in. A command turns words into one request,
// gives it to a Service that it cannot tell apart from another, and turns the reply into
// words. This package has what all commands do alike.
//
// # The parts
//
// App is one run of the program (run.go), with the flags that every command has (app.go). A
// command is wrapped in WriteCommand if it changes something, or else in ReadCommand. Show and
// Act wrap one that prints the reply of a call. A command that acts on one user or on each user
// of a list is a UserCommand.
//
// A Place is where a command works (place.go). Service opens what is there, and is the only
// function that knows all the ways to get an mfa.Service (open.go). Call makes a call for
// the user who is signed in (call.go).
//
// What goes in is read in input.go and code.go, or asked for (questions.go). What comes out is
// a View, which has every output format (output.go); Items makes the views of lists (pages.go).
// A secret goes only where a flag or the person at the terminal asked for it (secrets.go).
// Every error ends in errors.go.
//
// # What it must never do
//
// Know a command or import a package of commands, decide what only the engine may decide,
// take a secret from an argument, or write one where it was not asked to.
package app
