package mfa

import "time"

// RequestTTL is how long an act waits for a second person.
const RequestTTL = time.Hour

// ControlTTL is how long a [ControlMark] gives control over an account.
const ControlTTL = 7 * 24 * time.Hour

// RequestStatus says what became of a request.
type RequestStatus string

// The statuses. A pending one whose time is over shows as expired.
const (
	RequestPending  RequestStatus = "pending"
	RequestApproved RequestStatus = "approved"
	RequestDenied   RequestStatus = "denied"
	RequestExpired  RequestStatus = "expired"
)

// Request is an act that waits for a second person, as a store keeps it.
type Request struct {
	ID          string        `signed:"ID"`
	CommunityID string        `signed:"CommunityID"` // the target's
	Act         string        `signed:"Act"`         // the method that was called: Reset, ResetPassword or UpdateUser
	TargetID    string        `signed:"TargetID"`
	Target      string        `signed:"Target"`    // e-mail address at that time
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
	Rev         int64         `signed:"-"`
	MAC         []byte        `signed:"-"` // over every field above
}

// RequestQuery selects requests by keyset, newest first.
type RequestQuery struct {
	CommunityIDs []string // nil: every community
	TargetID     string
	Status       RequestStatus
	Before       string // id before which to go on
	Limit        int    // 0: all
}
