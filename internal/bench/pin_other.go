//go:build !linux

package main

import "errors"

// pin has no way to do it here.
func pin() error { return errors.ErrUnsupported }
