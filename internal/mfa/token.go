package mfa

import "time"

// TokenPrefix begins every API token, so that secret scanners find what leaked and
// say what it is.
const TokenPrefix = "mfactl_t_"

// Bounds of API tokens that no policy changes.
const (
	TokenTTL      = 30 * 24 * time.Hour // how long one lives where nothing else was asked for
	TokenGraceMax = 24 * time.Hour      // how long a token lives on at most once it was replaced
)

// Token is one API token as a store keeps it. The token itself is not in it.
//
// It never does more than its owner: at each request it may do what both its
// own permissions and the owner's role give.
type Token struct {
	Hash        string // hex SHA-256 of the token: the primary key
	ID          string // by which it is spoken of; sorts by time
	UserID      string // the owner, in whose name it acts
	Name        string // unique among the owner's tokens that were not replaced
	Permissions []Permission
	CreatedAt   time.Time
	CreatedBy   string    // user id
	ExpiresAt   time.Time // the policy of the day may end it sooner
	LastUsedAt  time.Time // written at most once a minute
	Successor   string    // id of the token that replaced it; empty while none did
	Rev         int64
	MAC         []byte // over every field above
	Proof       *Proof
}
