package mfa

import "time"

// Level is what a session has proved, and with it what it may do.
type Level string

// The session levels. A challenge is no session yet: the password was right and
// a code is still owed; it can do nothing but give that code.
const (
	LevelChallenge Level = "challenge" // 5 min
	LevelEnroll    Level = "enroll"    // 15 min: enable, confirm, status, whoami, logout and nothing else
	LevelPassword  Level = "password"  // the user has no 2FA and needs none
	LevelMFA       Level = "mfa"       // both factors were proved by this session
	LevelToken     Level = "token"     // no session but an API token: what it and its owner's role both give
)

// Session lifetimes that no policy changes.
const (
	ChallengeTTL = 5 * time.Minute
	EnrollTTL    = 15 * time.Minute
)

// Session is one session as a store keeps it. Its token is not in it.
type Session struct {
	Hash       string    `signed:"Hash"` // hex SHA-256 of the token: the primary key
	UserID     string    `signed:"UserID"`
	Level      Level     `signed:"Level"`
	Method     Kind      `signed:"Method"` // the second factor that opened it; empty if none did
	CreatedAt  time.Time `signed:"CreatedAt"`
	ExpiresAt  time.Time `signed:"ExpiresAt"`  // absolute end
	LastSeenAt time.Time `signed:"LastSeenAt"` // for the idle limit; written at most once a minute
	Asked      []byte    `signed:"Asked"`      // by factor, the state that Check needs of what was asked, sealed to this row
	Rev        int64     `signed:"-"`
	MAC        []byte    `signed:"-"` // over every field above
	Proof      *Proof    `signed:"-"`
}
