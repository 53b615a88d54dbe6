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
	Hash        string       `signed:"Hash"`   // hex SHA-256 of the token: the primary key
	ID          string       `signed:"ID"`     // by which it is spoken of; sorts by time
	UserID      string       `signed:"UserID"` // the owner, in whose name it acts
	Name        string       `signed:"Name"`   // unique among the owner's tokens that were not replaced
	Permissions []Permission `signed:"Permissions"`
	CreatedAt   time.Time    `signed:"CreatedAt"`
	CreatedBy   string       `signed:"CreatedBy"`  // user id
	ExpiresAt   time.Time    `signed:"ExpiresAt"`  // the policy of the day may end it sooner
	LastUsedAt  time.Time    `signed:"LastUsedAt"` // written at most once a minute
	Successor   string       `signed:"Successor"`  // id of the token that replaced it; empty while none did
	Rev         int64        `signed:"-"`
	MAC         []byte       `signed:"-"` // over every field above
	Proof       *Proof       `signed:"-"`
}
