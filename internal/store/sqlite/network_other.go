//go:build !linux

package sqlite

// networkFS cannot tell on this system: it returns "".
func networkFS(string) (string, error) { return "", nil }
