//go:build !linux

package cli

// jobPrograms are for systems with job control that the tests know.
func jobPrograms() map[string]func() { return nil }
