// Package mfatest holds what tests of more than one package need: a clock that
// moves when told, a simulated phone, and the suites that every store and every
// service must pass.
package mfatest
