package mfa

import "time"

// ApprovalTTL is how long an act waits for a second person.
const ApprovalTTL = time.Hour

// HandsOff is how long an approver's account must have been out of the hands of
// whoever asks.
const HandsOff = 7 * 24 * time.Hour

// ApprovalStatus says what became of a request.
type ApprovalStatus string

// The statuses. A pending one whose time is over shows as expired.
const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalDenied   ApprovalStatus = "denied"
	ApprovalExpired  ApprovalStatus = "expired"
)

// Approval is an act that waits for a second person, as a store keeps it.
type Approval struct {
	ID          string
	CommunityID string // the target's
	Act         string // the method that was called: Reset, ResetPassword or UpdateUser
	TargetID    string
	Target      string // e-mail address at that time
	NewCode     bool   // of Reset
	Email       string // of UpdateUser: the new address
	Requester   string // e-mail address at that time
	RequesterID string
	Reason      string
	Status      ApprovalStatus
	CreatedAt   time.Time
	ExpiresAt   time.Time // one hour later
	DecidedAt   time.Time
	DecidedBy   string // user id
	Decider     string // e-mail address at that time
	Answer      string // the reason that was given with the decision
	Rev         int64
	MAC         []byte // over every field above
}

// ApprovalQuery selects requests by keyset, newest first.
type ApprovalQuery struct {
	CommunityIDs []string // nil: every community
	TargetID     string
	Status       ApprovalStatus
	Before       string // id before which to go on
	Limit        int    // 0: all
}
