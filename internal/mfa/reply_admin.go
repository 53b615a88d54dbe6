package mfa

import "time"

// DeletedUser tells what went away with an account.
type DeletedUser struct {
	User    UserInfo `json:"user"`
	Changed bool     `json:"changed"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Damaged bool     `json:"damaged,omitempty"` // its record did not verify: all that is known of the user is the id
	Removed Removed  `json:"removed"`
	Event   int64    `json:"event,omitempty"`
}

// SessionInfo is one session as a caller who may read sessions sees it.
type SessionInfo struct {
	ID         string    `json:"id"` // the first 16 digits of the token's hash
	User       string    `json:"user"`
	UserID     string    `json:"user_id"`
	Community  string    `json:"community"`
	Level      Level     `json:"level"`
	Method     Kind      `json:"method,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Current    bool      `json:"current"` // the caller's own
}

// SessionPage is a page of sessions.
type SessionPage struct {
	Items   []SessionInfo `json:"items"`
	Damaged []DamagedRow  `json:"damaged,omitempty"`
	Next    string        `json:"next,omitempty"` // give as After; empty on the last page
}

// CodeChecked tells what a code that somebody read out says of their phone. The
// secret is the right one.
type CodeChecked struct {
	User    string `json:"user"`
	Method  Kind   `json:"method"`
	Label   string `json:"label"`             // of the factor
	Drift   int    `json:"drift_seconds"`     // how far the phone's clock is ahead; negative: behind
	Presses int    `json:"presses,omitempty"` // how many codes a counter is ahead
	InReach bool   `json:"in_reach"`          // sign-in takes such codes
}

// RoleInfo is one role.
type RoleInfo struct {
	Name        Role         `json:"name"`
	Community   string       `json:"community,omitempty"` // that made it; empty for a built-in one
	BuiltIn     bool         `json:"built_in"`
	Everywhere  bool         `json:"everywhere"` // reaches every community
	Permissions []Permission `json:"permissions"`
	Note        string       `json:"note,omitempty"`
	UpdatedAt   *time.Time   `json:"updated_at,omitempty"`
}

// RolePage is every role that can be given in a community.
type RolePage struct {
	Items []RoleInfo `json:"items"`
}

// RoleChanged is a role after an act on it.
type RoleChanged struct {
	Role        RoleInfo `json:"role"`
	Changed     bool     `json:"changed"`
	DryRun      bool     `json:"dry_run,omitempty"`
	Holders     int      `json:"holders"`                // users who have it, whom a change concerns
	MoreHolders bool     `json:"more_holders,omitempty"` // true if there are more than holders says
}

// CommunityInfo is one community.
type CommunityInfo struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Parent    string    `json:"parent,omitempty"`
	ParentID  string    `json:"parent_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// CommunityPage is every community the caller reaches.
type CommunityPage struct {
	Items   []CommunityInfo `json:"items"`
	Damaged []DamagedRow    `json:"damaged,omitempty"`
}

// CommunityChanged is a community after an act on it.
type CommunityChanged struct {
	Community CommunityInfo `json:"community"`
	Changed   bool          `json:"changed"`
	DryRun    bool          `json:"dry_run,omitempty"`
}

// PolicyReport is the rules of a community.
type PolicyReport struct {
	Community string      `json:"community"`
	Rules     []RuleValue `json:"items"`
}

// PolicySet tells what became of the rules of a community.
type PolicySet struct {
	Community string       `json:"community"`
	Changed   bool         `json:"changed"`
	DryRun    bool         `json:"dry_run,omitempty"`
	Changes   []RuleChange `json:"changes"`
	Event     int64        `json:"event,omitempty"`
	Request   *RequestInfo `json:"request,omitempty"`
}

// RuleChange is one rule before and after. Effective tells what holds now, which
// a parent may keep stricter than what was set.
type RuleChange struct {
	Rule      string    `json:"rule"`
	Before    string    `json:"before"` // empty: it was not set here
	After     string    `json:"after"`  // empty: it is not set here any more
	Effective RuleValue `json:"effective"`
}

// RequestInfo is one request as a caller who may read users sees it.
type RequestInfo struct {
	ID        string `json:"id"`
	Act       string `json:"act"` // reset-2fa, reset-password, change-address or set-policy
	Community string `json:"community"`
	Target    string `json:"target"`
	TargetID  string `json:"target_id"`
	Email     string `json:"email,omitempty"` // of change-address: the new one
	// Rules is what set-policy sets; an empty value takes the rule back.
	Rules     map[string]string `json:"rules,omitempty"`
	Requester string            `json:"requester"`
	TokenID   string            `json:"token_id,omitempty"` // of the API token that filed it
	Reason    string            `json:"reason,omitempty"`
	Status    RequestStatus     `json:"status"`
	CreatedAt time.Time         `json:"created_at"`
	ExpiresAt time.Time         `json:"expires_at"`
	Decider   string            `json:"decider,omitempty"`
	DecidedAt *time.Time        `json:"decided_at,omitempty"`
	Answer    string            `json:"answer,omitempty"`
	// Approvers says who could approve it at this moment, in words; of a request that was just
	// filed.
	Approvers string `json:"approvers,omitempty"`
	Lapsed    string `json:"lapsed,omitempty"` // why nobody can approve it any more, of status lapsed
}

// RequestPage is a page of requests.
type RequestPage struct {
	Items   []RequestInfo `json:"items"`
	Damaged []DamagedRow  `json:"damaged,omitempty"`
	Next    string        `json:"next,omitempty"` // give as Before; empty on the last page
}

// Approved is what an approval did; one of the three is set.
type Approved struct {
	Request  RequestInfo    `json:"request"`
	DryRun   bool           `json:"dry_run,omitempty"`
	Reset    *ResetReport   `json:"reset,omitempty"`
	Password *PasswordReset `json:"password_reset,omitempty"`
	User     *UpdatedUser   `json:"user,omitempty"`
	Policy   *PolicySet     `json:"policy,omitempty"`
}

// TokenInfo is one API token as a caller who may create tokens sees it.
type TokenInfo struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	User        string       `json:"user"` // the owner
	UserID      string       `json:"user_id"`
	Community   string       `json:"community"`
	Permissions []Permission `json:"permissions"` // of which it has those that the owner's role gives
	CreatedAt   time.Time    `json:"created_at,omitzero"`
	CreatedBy   string       `json:"created_by"` // e-mail address, or the id of who is gone
	ExpiresAt   time.Time    `json:"expires_at,omitzero"`
	LastUsedAt  *time.Time   `json:"last_used_at"`
	Suspended   bool         `json:"suspended"`           // the owner may not act at present
	Successor   string       `json:"successor,omitempty"` // id of the token that replaced it
	Chain       string       `json:"chain,omitempty"`     // the same for all tokens that replace one another
	ChainEndsAt time.Time    `json:"chain_ends_at,omitzero"`
}

// TokenPage is a page of API tokens.
type TokenPage struct {
	Items   []TokenInfo  `json:"items"`
	Damaged []DamagedRow `json:"damaged,omitempty"`
	Next    string       `json:"next,omitempty"` // give as After; empty on the last page
}

// TokenIssued is a new API token, which is shown this once.
type TokenIssued struct {
	TokenInfo
	Changed bool   `json:"changed"`
	DryRun  bool   `json:"dry_run,omitempty"`
	Token   Secret `json:"token,omitzero"`
	// Of a rotation: which token was replaced, and when that one ends.
	Replaced      string     `json:"replaced,omitempty"`
	ReplacedUntil *time.Time `json:"replaced_until,omitempty"`
}

// TokenRevoked is an API token that has ended, with its whole chain. If the token itself is
// gone and a token of its chain was left, it is the one that was left. Where nothing changed
// no token of the chain is left, and all that is known is the id that was given.
type TokenRevoked struct {
	TokenInfo
	Changed bool     `json:"changed"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Ended   []string `json:"ended,omitempty"` // ids of all tokens that ended
}
