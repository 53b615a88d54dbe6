// Package mfatest holds the conformance suites every implementation of an
// interface of package mfa must pass, and what tests need to drive them: a
// clock that moves only on command.
//
// It is for tests alone: nothing that is shipped imports it.
package mfatest
