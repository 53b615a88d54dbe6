package mfa

import "time"

// RequestTTL is how long an act waits for a second person.
const RequestTTL = time.Hour

// ControlTTL is how long a [ControlMark] gives control over an account.
const ControlTTL = 7 * 24 * time.Hour

// The times of a [Half], and of an address that was given up.
const (
	HalfMin    = 24 * time.Hour      // how long one is open at least
	HalfMax    = 7 * 24 * time.Hour  // and at most
	AddressTTL = 30 * 24 * time.Hour // how long an address is reserved
	EarlyDays  = 7 * 24 * time.Hour  // how long a store is new
	// FormerTTL is how long a [FormerAccount] is kept: after that no address is reserved by
	// it, and nobody is controlled through it.
	FormerTTL = AddressTTL + ControlTTL
)

// BreakGlassID stands for the unknown person who does every break-glass act.
const BreakGlassID = "break-glass"

// HalfKind is one of the two halves of an account.
type HalfKind string

// The halves.
const (
	HalfPassword HalfKind = "password"
	HalfFactor   HalfKind = "factor"
)

// Other is the other half.
func (k HalfKind) Other() HalfKind {
	if k == HalfPassword {
		return HalfFactor
	}
	return HalfPassword
}

// Half says that people other than the user did one half of an account. While it is open,
// these people, and those who are not independent of them, do not do the other.
type Half struct {
	What  HalfKind  `json:"what"`
	By    []string  `json:"by"` // user ids, or [BreakGlassID]
	At    time.Time `json:"at"`
	Met   bool      `json:"met,omitempty"`   // the user has signed in with the other half since
	Early bool      `json:"early,omitempty"` // the operator of init did it in the store's early days
}

// Open reports whether the half is open at a time.
func (h Half) Open(now time.Time) bool { return now.Before(h.Ends()) }

// Ends is when the half closes if the user does not sign in before that.
func (h Half) Ends() time.Time {
	if h.Met {
		return h.At.Add(HalfMin)
	}
	return h.At.Add(HalfMax)
}

// FormerAccount is what is kept of an account that was deleted, or of an address that an
// account gave up.
type FormerAccount struct {
	ID          string        `signed:"ID"` // of this record; sorts by time
	AccountID   string        `signed:"AccountID"`
	CommunityID string        `signed:"CommunityID"`
	Email       string        `signed:"Email"`
	Used        bool          `signed:"Used"`    // the account was used under the address
	Deleted     bool          `signed:"Deleted"` // the account is gone, and not the address alone
	Marks       []ControlMark `signed:"Marks"`   // who controlled a deleted account
	At          time.Time     `signed:"At"`
	Rev         int64         `signed:"-"`
	MAC         []byte        `signed:"-"` // over every field above
}

// FormerQuery selects former accounts, newest first.
type FormerQuery struct {
	AccountID string
	Email     string
	Since     time.Time // those that came later; zero: no bound
	Limit     int       // 0: all
}

// RequestStatus says what became of a request.
type RequestStatus string

// The statuses. A pending one whose time is over shows as expired, and one that nobody can
// approve, since what it was judged by has changed, as lapsed.
const (
	RequestPending  RequestStatus = "pending"
	RequestApproved RequestStatus = "approved"
	RequestDenied   RequestStatus = "denied"
	RequestExpired  RequestStatus = "expired"
	RequestLapsed   RequestStatus = "lapsed"
)

// Request is an act that waits for a second person, as a store keeps it.
type Request struct {
	ID          string        `signed:"ID"`
	CommunityID string        `signed:"CommunityID"` // the target's
	Act         string        `signed:"Act"`         // the method that was called: Reset, ResetPassword, UpdateUser or SetPolicy
	TargetID    string        `signed:"TargetID"`
	Target      string        `signed:"Target"`    // e-mail address at that time; of SetPolicy the community
	NewCode     bool          `signed:"NewCode"`   // of Reset
	Email       string        `signed:"Email"`     // of UpdateUser: the new address
	Requester   string        `signed:"Requester"` // e-mail address at that time
	RequesterID string        `signed:"RequesterID"`
	Reason      string        `signed:"Reason"`
	Status      RequestStatus `signed:"Status"`
	CreatedAt   time.Time     `signed:"CreatedAt"`
	ExpiresAt   time.Time     `signed:"ExpiresAt"` // one hour later
	DecidedAt   time.Time     `signed:"DecidedAt"`
	DecidedBy   string        `signed:"DecidedBy"` // user id
	Decider     string        `signed:"Decider"`   // e-mail address at that time
	Answer      string        `signed:"Answer"`    // the reason that was given with the decision
	// Basis is what must be as it was when the request is decided, see the engine; empty in
	// requests of schema 6 and before.
	Basis        string            `signed:"Basis"`
	TokenCreator string            `signed:"TokenCreator"` // user id; of a request that a token filed
	Rules        map[string]string `signed:"Rules"`        // of SetPolicy: what is to be set, by name
	Rev          int64             `signed:"-"`
	MAC          []byte            `signed:"-"` // over every field above
}

// RequestQuery selects requests by keyset, newest first.
type RequestQuery struct {
	CommunityIDs []string // nil: every community
	TargetID     string
	Status       RequestStatus
	Before       string // id before which to go on
	Limit        int    // 0: all
}
