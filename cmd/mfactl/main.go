// Command mfactl administers two-factor authentication from a terminal.
package main

//go:generate go run github.com/mfactl/mfactl/internal/gen/wire ../..
//go:generate go run github.com/mfactl/mfactl/internal/gen

import (
	"os"

	"github.com/mfactl/mfactl/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
