//go:build !linux

package cli

// programs are what this test's own program stands for in scripts.
func jobPrograms() map[string]func() { return nil }
