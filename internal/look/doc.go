// Package look tells which addresses look alike: by the skeletons of Unicode Technical
// Standard 39, and by the scripts of their letters. It is pure functions.
//
// The table is written by internal/gen/look when Unicode has a new version:
//
//	go run ./internal/gen/look confusables.txt internal/look/prototypes_gen.go
package look
