package mfa

import "time"

// SignedIn is what Login and Answer give: a session, or a challenge and what to
// ask the person for.
type SignedIn struct {
	User            string    `json:"user"`
	UserID          string    `json:"user_id"`
	Level           Level     `json:"level"`
	Method          Kind      `json:"method,omitempty"` // the second factor that was used
	ExpiresAt       time.Time `json:"expires_at"`
	Token           Secret    `json:"token,omitzero"`              // of the session, or of the challenge where Level is challenge
	Prompts         []Prompt  `json:"prompts,omitempty"`           // for a challenge: what may answer it, preferred first
	MustEnroll      bool      `json:"must_enroll"`                 // 2FA must be set up with this session
	BackupCodesLeft *int      `json:"backup_codes_left,omitempty"` // told when one was used
	Marker          Secret    `json:"marker,omitzero"`             // a new device marker, to be kept for the next sign-in; it proves nothing
}

// Identity is who the caller is.
type Identity struct {
	User        string       `json:"user"`
	UserID      string       `json:"user_id"`
	Community   string       `json:"community"`
	Role        Role         `json:"role"`
	Permissions []Permission `json:"permissions"`
	Level       Level        `json:"level"`
	ExpiresAt   time.Time    `json:"expires_at"`
	TokenID     string       `json:"token_id,omitempty"` // of the API token that asks
	// PasswordLength is how many characters a new password of the caller must have.
	PasswordLength int `json:"password_min_length,omitempty"`
}

// Done is the answer of an act that gives nothing back.
type Done struct {
	User    string `json:"user"`
	Changed bool   `json:"changed"`
	DryRun  bool   `json:"dry_run,omitempty"`
	Ended   int    `json:"sessions_ended"` // sessions the act ended
}

// FactorInfo is one factor as its owner sees it.
type FactorInfo struct {
	ID          string       `json:"id"`
	Kind        Kind         `json:"kind"`
	Label       string       `json:"label"`
	Status      FactorStatus `json:"status"`
	Preferred   bool         `json:"preferred"`
	CreatedAt   time.Time    `json:"created_at"`
	ConfirmedAt time.Time    `json:"confirmed_at,omitzero"`
	LastUsedAt  time.Time    `json:"last_used_at,omitzero"`
}

// Enrollment is a pending factor. Its secret is shown this once and can never
// be read again by anybody.
type Enrollment struct {
	User       string      `json:"user"`
	Changed    bool        `json:"changed"`
	Factor     *FactorInfo `json:"factor"` // null where 2FA was on already
	Secret     Secret      `json:"secret,omitzero"`
	OtpauthURI Secret      `json:"otpauth_uri,omitzero"`
	Digits     int         `json:"digits,omitempty"`
	Question   string      `json:"question,omitempty"` // what the first answer depends on, see [Prompt]
	TriesLeft  int         `json:"tries_left,omitempty"`
	ExpiresAt  time.Time   `json:"expires_at,omitzero"`
}

// Activation is a confirmed factor, the session that goes on, and fresh backup
// codes where no live set existed.
type Activation struct {
	User        string     `json:"user"`
	Changed     bool       `json:"changed"`
	Factor      FactorInfo `json:"factor"`
	BackupCodes []Secret   `json:"backup_codes,omitempty"`
	Session     SignedIn   `json:"session"` // replaces the caller's, which has ended
	Ended       int        `json:"sessions_ended"`
}

// BackupCodes is a fresh set of backup codes; an empty one where the rule
// backup_codes is 0, under which the old set is revoked all the same.
type BackupCodes struct {
	User    string   `json:"user"`
	Codes   []Secret `json:"codes"`
	Revoked int      `json:"revoked"` // unused codes that were removed
}

// Disabled tells what disabling 2FA removed.
type Disabled struct {
	User    string  `json:"user"`
	Changed bool    `json:"changed"`
	Removed Removed `json:"removed"`
}

// Removed counts what went away.
type Removed struct {
	Factors     int `json:"factors"`
	BackupCodes int `json:"backup_codes"`
	Sessions    int `json:"sessions"`
	Tokens      int `json:"tokens"` // API tokens; a reset removes none unless it was asked to
}

// TwoFactor is the caller's 2FA.
type TwoFactor struct {
	User            string       `json:"user"`
	State           State        `json:"two_factor"`
	Enabled         bool         `json:"enabled"`
	Required        bool         `json:"required"`
	Preferred       *string      `json:"preferred"` // factor id
	Factors         []FactorInfo `json:"factors"`
	BackupCodesLeft int          `json:"backup_codes_left"`
	MustEnroll      bool         `json:"must_enroll,omitempty"`      // the session may only enroll a factor
	BackupCodesOff  bool         `json:"backup_codes_off,omitempty"` // the rule backup_codes is 0: no set works
	LockedUntil     *time.Time   `json:"locked_until,omitempty"`     // one-time passwords are refused until then
}

// FactorChanged is a factor after an act on it.
type FactorChanged struct {
	User    string     `json:"user"`
	Changed bool       `json:"changed"`
	Factor  FactorInfo `json:"factor"`
	Ended   int        `json:"sessions_ended,omitempty"` // other sessions that a removal ended
}

// Verdict is the answer of Verify.
type Verdict struct {
	User            string `json:"user"`
	OK              bool   `json:"ok"`
	Method          Kind   `json:"method"` // "none" for a user without 2FA, where that was asked for
	BackupCodesLeft int    `json:"backup_codes_left"`
}

// MethodNone is the method of a Verdict about a user without 2FA.
const MethodNone Kind = "none"

// ResetReport tells what a reset removed and gives the recovery code. With
// DryRun it tells what would be removed, and gives none.
type ResetReport struct {
	User         string    `json:"user"`
	UserID       string    `json:"user_id"`
	Changed      bool      `json:"changed"`
	DryRun       bool      `json:"dry_run,omitempty"`
	State        State     `json:"two_factor"`
	RecoveryCode Secret    `json:"recovery_code,omitzero"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"` // of the recovery code, this one or the live one
	Removed      Removed   `json:"removed"`
	Event        int64     `json:"event,omitempty"` // sequence number in the audit trail
	Target       UserInfo  `json:"target"`
	// Request is what waits for a second person, where nothing was done yet.
	Request *RequestInfo `json:"request,omitempty"`
}

// PasswordReset gives a set-password code.
type PasswordReset struct {
	User      string    `json:"user"`
	UserID    string    `json:"user_id"`
	Changed   bool      `json:"changed"`
	DryRun    bool      `json:"dry_run,omitempty"`
	Code      Secret    `json:"set_password_code,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	Ended     int       `json:"sessions_ended"`
	Event     int64     `json:"event,omitempty"`
	Target    UserInfo  `json:"target"`
	// Request is what waits for a second person, where nothing was done yet.
	Request *RequestInfo `json:"request,omitempty"`
}

// UserInfo is one account as a caller who may read users sees it.
type UserInfo struct {
	ID           string     `json:"id"`
	Email        string     `json:"email"`
	Community    string     `json:"community"`
	Role         Role       `json:"role"`
	Privileged   bool       `json:"privileged"`        // the role has a permission over others
	Service      bool       `json:"service,omitempty"` // it signs in by API tokens alone
	Status       UserStatus `json:"status"`
	State        State      `json:"two_factor"`
	HasPassword  bool       `json:"has_password"`
	LastSignInAt *time.Time `json:"last_sign_in_at"`
	CreatedAt    time.Time  `json:"created_at"`
	*UserDetail             // nil in a list
}

// UserDetail is what a caller sees of an account that was asked for by name.
type UserDetail struct {
	Factors         []FactorInfo `json:"factors"`
	BackupCodesLeft int          `json:"backup_codes_left"`
	Sessions        int          `json:"sessions"`
	Tokens          int          `json:"tokens"`          // API tokens that have not ended
	RecentResets    int          `json:"resets_30d"`      // 2FA resets of the last 30 days
	Locks           []LockInfo   `json:"locks,omitempty"` // after too many wrong attempts
	RecoveryExpires *time.Time   `json:"recovery_expires_at,omitempty"`
}

// LockInfo is one lock after too many wrong attempts.
type LockInfo struct {
	What   string     `json:"what"`             // one-time passwords, backup and recovery codes, or password
	Until  *time.Time `json:"until"`            // null: no time ends it
	Remedy string     `json:"remedy,omitempty"` // what ends a lock that no time and no unlock ends
}

// What may be locked besides what a hundred wrong attempts end, see [ExhaustedCodes].
const (
	LockedCodes    = "backup and recovery codes"
	LockedAtVerify = " at verify" // after the name of what is locked, if applications alone are refused
)

// CreatedUser is a new account, with a set-password code where it was given no
// password.
type CreatedUser struct {
	User      UserInfo  `json:"user"`
	Changed   bool      `json:"changed"`
	DryRun    bool      `json:"dry_run,omitempty"`
	Code      Secret    `json:"set_password_code,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Approvals says from when the account could approve requests, where nobody can yet.
	Approvals string `json:"approvals,omitempty"`
}

// UpdatedUser is an account after a change.
type UpdatedUser struct {
	User    UserInfo `json:"user"`
	Changed bool     `json:"changed"`
	DryRun  bool     `json:"dry_run,omitempty"`
	Ended   int      `json:"sessions_ended"`
	Cleared []string `json:"cleared,omitempty"` // by an unlock: [ClearedLock], or of which attempts a count or a lock was cleared
	// Request is what waits for a second person, where nothing was done yet.
	Request *RequestInfo `json:"request,omitempty"`
}

// ClearedLock is the lock of an administrator that an unlock ended.
const ClearedLock = "administrator's lock"

// UserPage is a page of accounts.
type UserPage struct {
	Items   []UserInfo   `json:"items"`
	Damaged []DamagedRow `json:"damaged,omitempty"`
	Next    string       `json:"next,omitempty"` // give as After; empty on the last page
}

// DamagedRow is a record that a list cannot show, because it was changed without the key or
// cannot be read. Nothing else of it can be trusted.
type DamagedRow struct {
	Sort string `json:"sort"` // such as user or session
	ID   string `json:"id"`
}

// EventPage is a page of events.
type EventPage struct {
	Items   []Event      `json:"items"`
	Damaged []DamagedRow `json:"damaged,omitempty"`
	Next    int64        `json:"next,omitempty"` // give as Before; 0 on the last page
}
