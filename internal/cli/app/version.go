package app

// Set by the linker in a release.
var (
	Version = "dev"
	Commit  = ""
	Date    = ""
)
