//go:build linked

package main

import _ "github.com/mfactl/mfactl/internal/bench/yard/libraries"
