package mfa

import (
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strings"
	"time"
)

// Level is what a session has proved, and with it what it may do.
type Level string

// The session levels. A challenge is no session yet: the password was right and
// a code is still owed; it can do nothing but give that code.
const (
	LevelChallenge Level = "challenge" // 5 min
	LevelEnroll    Level = "enroll"    // 15 min: enable, confirm, status, whoami, logout and nothing else, also with 2FA on
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
	Marker     string    `signed:"Marker"`     // tag of the device marker of the client that signed in; empty if it has none
	Asked      []byte    `signed:"Asked"`      // by factor, the state that Check needs of what was asked, sealed to this row
	Rev        int64     `signed:"-"`
	MAC        []byte    `signed:"-"` // over every field above
	Proof      *Proof    `signed:"-"`
}

// TokenPrefix begins every API token, so that secret scanners find what leaked and
// say what it is.
const TokenPrefix = "mfactl_t_"

// Bounds of API tokens that no policy changes.
const (
	TokenTTL      = 30 * 24 * time.Hour // how long one lives where nothing else was asked for
	TokenGraceMax = 24 * time.Hour      // how long a token lives on at most once it was replaced
	TokenChainMax = 5                   // tokens of one chain that have not ended
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
	// When the first token of the chain was created; zero for the first itself.
	ChainStart time.Time `signed:"ChainStart"`
	Rev        int64     `signed:"-"`
	MAC        []byte    `signed:"-"` // over every field above
	Proof      *Proof    `signed:"-"`
}

// Chain names the chain of a token: the token, those it replaced, and those that replaced it.
func (k Token) Chain() string { return ChainOf(k.ID) }

// ChainBegan is when the first token of the chain was created. The time for which a chain
// may go on is counted from then.
func (k Token) ChainBegan() time.Time {
	if k.ChainStart.IsZero() {
		return k.CreatedAt
	}
	return k.ChainStart
}

// The symbols of a token's id that name its chain, of the 26 of an id. Before them stands the
// time, after them what tells the tokens of one chain apart.
const (
	chainFrom = 10
	chainTo   = 22
	tokenIDs  = 26
)

// ChainOf returns the name of the chain to which a token of an id belongs. Each successor keeps
// this part of the id, so that any id of a chain finds what is left of the chain, also the id
// of a token whose row is gone. A token that was never replaced is a chain by itself.
func ChainOf(id string) string {
	if len(id) != tokenIDs {
		return id
	}
	return id[chainFrom:chainTo]
}

// InChainOf returns a new id as one of the chain to which a token belongs.
func InChainOf(token, id string) string {
	if len(token) != tokenIDs || len(id) != tokenIDs {
		return id
	}
	return id[:chainFrom] + ChainOf(token) + id[chainTo:]
}

// SessionPrefix begins the token of a session, as [TokenPrefix] an API token.
// With the checksum they let secret scanners find what leaked.
const SessionPrefix = "mfactl_s_"

// MarkerPrefix begins a device marker, see [DeviceMarker].
const MarkerPrefix = "mfactl_d_"

// BearerBytes is how many random bytes a token has (OWASP ASVS 7.2.3).
const BearerBytes = 32

// NewBearer writes random bytes as a token: its prefix, the bytes in hexadecimal
// digits, and a checksum.
func NewBearer(prefix string, random [BearerBytes]byte) Secret {
	body := prefix + hex.EncodeToString(random[:])
	return NewSecret(body + checksum(body))
}

// BearerPrefix returns the prefix of a token, which says what it opens; "" for
// what is no token, or one that was mistyped or cut off.
func BearerPrefix(token Secret) string {
	text := token.Reveal()
	for _, prefix := range []string{SessionPrefix, TokenPrefix, MarkerPrefix} {
		body := len(prefix) + 2*BearerBytes
		if strings.HasPrefix(text, prefix) && len(text) == body+8 && checksum(text[:body]) == text[body:] {
			return prefix
		}
	}
	return ""
}

// checksum is eight digits of CRC-32, as scanners compute it (IEEE 802.3).
func checksum(body string) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}
