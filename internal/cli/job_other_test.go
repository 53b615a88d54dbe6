//go:build !linux

package cli

// programs are what this test's own program stands for in scripts.
func programs() map[string]func() { return map[string]func(){"mfactl": testProgram} }
