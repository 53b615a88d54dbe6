//go:build race

package cli

// raceEnabled says that processes of this test are slow.
const raceEnabled = true
