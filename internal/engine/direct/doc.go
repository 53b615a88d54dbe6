// Package direct is the part of the engine that works only on a store that was opened directly,
// by its owner or root: the first operator, break-glass, the examination of every record,
// health, and the export of the key.
//
// Nobody is signed in there. The file system has decided who may open the store and its key.
// Package direct must never be reachable through a server: none of its methods is in
// [mfa.Service].
package direct

import "github.com/mfactl/mfactl/internal/act"

// Part implements what the owner of a store does who opens it directly.
type Part struct{ *act.Runner }
