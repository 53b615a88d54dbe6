//go:build race

package cli_test

// raceEnabled says that processes of this test are slow.
const raceEnabled = true
