package mfa

import "time"

// What follows is for a program that opens the store directly, so it is no part of
// [Service].

// Migrated tells what became of the schema of a store.
type Migrated struct {
	Store   string `json:"store"`
	From    int    `json:"from"` // version of the schema before
	To      int    `json:"to"`   // the newest that this program knows
	Changed bool   `json:"changed"`
	DryRun  bool   `json:"dry_run,omitempty"`
	Copy    string `json:"copy,omitempty"`    // where the store is kept as it was
	GoBack  string `json:"go_back,omitempty"` // the shell command that puts the copy back
}

// Damage is one thing that is wrong with a record, or with the database itself.
type Damage struct {
	Sort    string `json:"sort"`    // community, user, factor, session, token, request, event, clock or database
	Record  string `json:"record"`  // in the user's words, such as bob@acme.example
	Problem string `json:"problem"` // such as "the record does not verify"
	Remedy  string `json:"remedy"`
}

// MaxDamage is how much of what was found is listed.
const MaxDamage = 1000

// Examined is what a check of every record came to.
type Examined struct {
	Records int64    // how many were read
	Found   int64    // how much is wrong
	Damage  []Damage // the first [MaxDamage] of it
	Ahead   []Ahead  // users whose records were used in the future, at most [MaxDamage]
}

// Ahead is a user of whom something was used at a time that has not come: the clock stood
// ahead then, or is behind now.
type Ahead struct {
	User string
	What string // "last sign-in", or which factor was used
	At   time.Time
}

// Health is what the records say about how a store is kept.
type Health struct {
	Clock        time.Time  // what the clock says
	HighWater    time.Time  // the latest time the store has seen; zero if none
	KeysCopied   bool       // a copy was made of the keys as they are now
	Operators    int        // who can sign in and have 2FA on
	Resetters    int        // of them and of administrators: who could reset another's 2FA
	Unpaired     []Unpaired // at most [MaxDamage]
	Exhausted    []Exhausted
	Undelivered  int       // notices that wait for more than [NoticePatience], at most [MaxDamage]
	WaitingSince time.Time // when the oldest of them was queued
}

// NoticePatience is how long a notice may wait before it is found.
const NoticePatience = 24 * time.Hour

// Unpaired is a community in which nobody can approve what another asks for: no two people
// with 2FA who may approve are independent of each other.
type Unpaired struct {
	Community string
	From      time.Time // from when two of them are, if nothing more is done; zero: another person is needed
}

// Exhausted is an account on which so many wrong answers were given in a row that
// waiting does not help.
type Exhausted struct {
	User string
	What string // [ExhaustedCodes] or [ExhaustedPassword]
}

// What is exhausted.
const (
	ExhaustedCodes    = "one-time passwords"
	ExhaustedPassword = "password"
)

// ExportKeyRequest asks for a copy of the keys that only the owners of some age
// identities can open.
type ExportKeyRequest struct {
	Recipients []string `json:"recipients"` // age1…, at least one
}

// ExportedKey is such a copy. It is no secret.
type ExportedKey struct {
	Recipients []string `json:"recipients"`
	KeyIDs     []uint32 `json:"key_ids"` // of the keys in it
	Armor      string   `json:"armor,omitempty"`
	Event      int64    `json:"event"`
}

// InitRequest makes the first community and its first operator on an empty store.
type InitRequest struct {
	Community string
	Email     string
	Password  Secret
}

// Initialized is a store that was just made, and its operator's first session.
type Initialized struct {
	Community   string   `json:"community"`
	CommunityID string   `json:"community_id"`
	User        string   `json:"user"`
	UserID      string   `json:"user_id"`
	Session     SignedIn `json:"session"`
}
