//go:build !linux

package store

// NetworkFS cannot tell on this system: it returns "".
func NetworkFS(string) (string, error) { return "", nil }
