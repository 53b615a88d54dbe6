//go:build !unix

package store

// writable cannot be asked beforehand here; a local store is not supported.
func writable(string) bool { return true }
