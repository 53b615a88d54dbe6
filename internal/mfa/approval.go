package mfa

import "time"

// ApprovalTTL is how long an act waits for a second person.
const ApprovalTTL = time.Hour

// ControlTTL is how long a [ControlMark] gives control over an account.
const ControlTTL = 7 * 24 * time.Hour

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
	ID          string         `signed:"ID"`
	CommunityID string         `signed:"CommunityID"` // the target's
	Act         string         `signed:"Act"`         // the method that was called: Reset, ResetPassword or UpdateUser
	TargetID    string         `signed:"TargetID"`
	Target      string         `signed:"Target"`    // e-mail address at that time
	NewCode     bool           `signed:"NewCode"`   // of Reset
	Email       string         `signed:"Email"`     // of UpdateUser: the new address
	Requester   string         `signed:"Requester"` // e-mail address at that time
	RequesterID string         `signed:"RequesterID"`
	Reason      string         `signed:"Reason"`
	Status      ApprovalStatus `signed:"Status"`
	CreatedAt   time.Time      `signed:"CreatedAt"`
	ExpiresAt   time.Time      `signed:"ExpiresAt"` // one hour later
	DecidedAt   time.Time      `signed:"DecidedAt"`
	DecidedBy   string         `signed:"DecidedBy"` // user id
	Decider     string         `signed:"Decider"`   // e-mail address at that time
	Answer      string         `signed:"Answer"`    // the reason that was given with the decision
	Rev         int64          `signed:"-"`
	MAC         []byte         `signed:"-"` // over every field above
}

// ApprovalQuery selects requests by keyset, newest first.
type ApprovalQuery struct {
	CommunityIDs []string // nil: every community
	TargetID     string
	Status       ApprovalStatus
	Before       string // id before which to go on
	Limit        int    // 0: all
}
