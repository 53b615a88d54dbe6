//go:build !linux

package cli

// jobPrograms are none here: the tests use job control on Linux only.
func jobPrograms() map[string]func() { return nil }
