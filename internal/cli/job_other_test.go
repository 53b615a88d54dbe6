//go:build !linux

package cli_test

// jobPrograms are none here: the tests use job control on Linux only.
func jobPrograms() map[string]func() { return nil }
