package mfa

import (
	"context"
	"iter"
	"time"
)

// Store keeps records. It knows rows and transactions and no rules.
//
// Every method below answers [NotFound] for a record that is not there,
// [Conflict] for a record that changed meanwhile or whose unique field is
// taken, [Unavailable] when the store is busy, full, read-only or unreachable
// and nothing happened, [Unknown] when a commit may have happened, [Damaged]
// when what it reads is no store of ours, and [Internal] otherwise.
type Store interface {
	// Update runs f in one transaction that is durable when Update returns nil,
	// and rolled back when f returns an error. It may run f again after a lost
	// race: f must touch nothing else.
	Update(ctx context.Context, f func(Tx) error) error
	// View runs f over one consistent state. It writes nothing, and works on a
	// read-only file system.
	View(ctx context.Context, f func(Reader) error) error
	// Faults asks the database what is wrong with its own form, in its words, at
	// most 200 of it. It says nothing of what the records hold.
	Faults(ctx context.Context) ([]string, error)
	Close() error
}

// Walker goes through every row of one sort by its key, in bounded memory. A row
// that cannot be read comes with a [Damaged] error and what could be read of it,
// its key at least. An error with no key ends the walk, and what is wrong may
// also have ended the transaction.
type Walker interface {
	EachCommunity() iter.Seq2[Community, error]
	EachUser() iter.Seq2[User, error]
	// EachUserOf goes by e-mail address and reads Limit rows at a time, so that a caller
	// who needs one user reads no more than that.
	EachUserOf(q UserQuery) iter.Seq2[User, error]
	EachToken() iter.Seq2[Token, error]
	EachRequest() iter.Seq2[Request, error]
	EachFormerAccount() iter.Seq2[FormerAccount, error]
	EachEvent() iter.Seq2[Event, error]
	EachNotice() iter.Seq2[Notice, error]
}

// Reader reads records. In a list of users, communities, sessions, tokens, requests, events or
// notices, a row that cannot be read comes as far as it could be read, its key at least, and
// with no MAC: it never verifies.
type Reader interface {
	Walker

	// Now is the store's clock: the database's where it has one. UTC,
	// microseconds, the same throughout a transaction.
	Now() time.Time
	// Meta returns a value of the store itself.
	Meta(name string) (string, error)

	Community(id string) (Community, error)
	CommunityByName(name string) (Community, error)
	Communities() ([]Community, error)

	User(id string) (User, error)
	UserID(email string) (string, error) // whose address it is
	Users(q UserQuery) ([]User, error)   // ordered by e-mail address

	// Factors returns every factor row of a user, oldest first.
	Factors(userID string) ([]Factor, error)

	Session(hash string) (Session, error)
	Sessions(userID string) ([]Session, error)
	SessionList(q SessionQuery) ([]Session, error) // ordered by hash

	Token(hash string) (Token, error)
	TokenByID(id string) (Token, error)
	Tokens(q TokenQuery) ([]Token, error) // oldest first

	Request(id string) (Request, error)
	Requests(q RequestQuery) ([]Request, error) // newest first

	FormerAccounts(q FormerQuery) ([]FormerAccount, error) // newest first

	Events(q EventQuery) ([]Event, error) // newest first
	Notices(q NoticeQuery) ([]Notice, error)
	// Reply returns the answer kept under a name in one of the periods, after since.
	Reply(name string, in ReplyPeriods, since time.Time) (Reply, error)
}

// Tx reads and writes records. A Put inserts a record whose Rev is 0, and else
// replaces only the row of that very Rev; it sets the record's Rev to the new
// one.
type Tx interface {
	Reader

	SetMeta(name, value string) error
	PutCommunity(*Community) error

	// LockUser reads a user and holds the row until the transaction ends. It is
	// taken before any of the user's factors is read.
	LockUser(id string) (User, error)
	PutUser(*User) error
	// DeleteUser removes a user who has no factor, no session and no token any
	// more.
	DeleteUser(id string) error
	PutFactor(*Factor) error
	DeleteFactor(id string) error

	PutSession(*Session) error
	DeleteSession(hash string) error
	// PutToken keeps a token; Conflict also if the owner has one of that name
	// that was not replaced.
	PutToken(*Token) error
	DeleteToken(hash string) error

	PutRequest(*Request) error
	PutFormerAccount(*FormerAccount) error

	// NextSeq returns the number the next event must carry.
	NextSeq() (int64, error)
	AppendEvent(Event) error
	PutNotice(Notice) error
	PutReply(Reply) error
	// DeleteReply removes the answers kept under a name in the periods.
	DeleteReply(name string, in ReplyPeriods) error
	// SweepReplies removes answers that were not kept after since: at most so many of
	// earlier periods than that of since, oldest first, and of that period a few whose
	// names follow a name. It returns how many it removed.
	SweepReplies(since time.Time, name string, most int) (int, error)
	// Sweep removes sessions and tokens that ended before the time.
	Sweep(before time.Time) error
	// SweepFormerAccounts removes those of the oldest former accounts that are from before
	// the time. It looks at so many at most.
	SweepFormerAccounts(before time.Time, most int) error
}

// Names of values of the store itself.
const (
	MetaInstance = "instance"  // random id of this store; part of every seal
	MetaKeyCheck = "key_check" // shows whether a key belongs to this store
	// MetaHighWater is the latest time the store has seen, signed.
	MetaHighWater = "high_water"
	// MetaRefusals counts the refusals before sign-in of the last minute, signed.
	MetaRefusals = "refusals"
)

// UserQuery selects users by keyset.
type UserQuery struct {
	CommunityIDs []string // nil: every community
	Roles        []Role   // nil: every role
	Look         string   // empty: any
	CanSignIn    bool     // only rows that say neither locked nor deactivated nor service account
	After        string   // e-mail address after which to go on
	Limit        int      // 0: all
}

// SessionQuery selects sessions by keyset. Challenges are none.
type SessionQuery struct {
	CommunityIDs []string  // of the users; nil: every community
	UserID       string    // empty: everybody's
	Alive        time.Time // those that have not ended by then
	After        string    // hash after which to go on
	Limit        int       // 0: all
}

// TokenQuery selects tokens by keyset, oldest first.
type TokenQuery struct {
	CommunityIDs []string  // of the owners; nil: every community
	UserID       string    // the owner; empty: everybody's
	Chain        string    // see [ChainOf]; empty: every chain
	Alive        time.Time // those that have not ended by then
	After        string    // id after which to go on
	Limit        int       // 0: all
}

// EventQuery selects events by keyset, newest first.
type EventQuery struct {
	CommunityIDs []string // nil: every community
	ActorID      string
	TargetID     string
	Target       string // e-mail address at the time of the event
	Actions      []Action
	Outcome      Outcome
	Since, Until time.Time // half open; zero: no bound
	Before       int64     // sequence number before which to go on; 0: from the newest
	Limit        int       // 0: all
}

// NoticeQuery selects notices, oldest first.
type NoticeQuery struct {
	ID     string // empty: any
	UserID string // empty: everybody's
	Unsent bool
	Limit  int // 0: all
}

// ReplyTTL is how long a caller can have the same answer again.
const ReplyTTL = 10 * time.Minute

// Reply is an answer kept for a retry. It opens only with the key that the client drew
// and a key of the keyring together.
type Reply struct {
	Period int64  // under which it is found and removed, see [ReplyPeriod]
	Name   string // a keyed hash of the caller and the idempotency key
	Sealed []byte
	At     time.Time
}

// ReplyPeriods are the periods in which an answer may be found; one may be named twice.
type ReplyPeriods [5]int64

// ReplyPeriod numbers the periods of time, each as long as an answer can be had.
func ReplyPeriod(t time.Time) int64 { return t.UnixMicro() / ReplyTTL.Microseconds() }

// Proof tells that the MAC of a record was verified. A store that holds a record in
// memory hands the same proof out with every copy of it, so that what was verified once
// is not verified again until it is written or read again. It is no part of the record: no
// database holds it and no MAC covers it. No proof at all proves nothing.
type Proof struct{ given bool }

// Holds reports whether the record was verified.
func (p *Proof) Holds() bool { return p != nil && p.given }

// Give says that the record was verified, as it was read, or signed, as it was written.
func (p *Proof) Give() {
	if p != nil {
		p.given = true
	}
}
