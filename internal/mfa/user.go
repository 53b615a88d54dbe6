package mfa

import "time"

// State is a user's 2FA state: a field of its own, never derived from counting
// factors. Enrollment sets it on, an administrator's reset sets it recovering,
// and only disable sets it off. A factor that is disabled, missing or does not
// open leaves it as it is.
type State string

// The 2FA states.
const (
	StateOff        State = "off"        // the password alone signs in, unless the policy requires 2FA
	StateOn         State = "on"         // password and one code
	StateRecovering State = "recovering" // password and a live recovery code, and then only to enroll
)

// UserStatus says whether an account may sign in at all.
type UserStatus string

// The user statuses.
const (
	UserActive      UserStatus = "active"
	UserLocked      UserStatus = "locked"      // by an administrator, until unlocked
	UserDeactivated UserStatus = "deactivated" // kept for the audit, may never sign in
)

// User is one account, of a person or a service, as a store keeps it.
type User struct {
	ID              string         `signed:"ID"`
	CommunityID     string         `signed:"CommunityID"`
	Email           string         `signed:"Email"` // PRECIS UsernameCaseMapped (RFC 8265 §3.3); unique in the whole store
	Role            Role           `signed:"Role"`
	Service         bool           `signed:"Service"` // a service account: no password and no factor, ever, only API tokens
	Status          UserStatus     `signed:"Status"`
	State           State          `signed:"State"`
	PasswordHash    string         `signed:"PasswordHash"` // PHC string; empty: no password signs in until one is set
	Factors         []FactorMark   `signed:"Factors"`
	PreferredID     string         `signed:"PreferredID"` // one of Factors; empty if none is preferred
	OTP             Attempts       `signed:"OTP"`         // one-time passwords, one counter for all factors
	Code            Attempts       `signed:"Code"`        // backup and recovery codes
	VerifyOTP       Attempts       `signed:"VerifyOTP"`   // one-time passwords that applications verify
	VerifyCode      Attempts       `signed:"VerifyCode"`  // backup codes that applications verify
	Password        Attempts       `signed:"Password"`
	Markers         []DeviceMarker `signed:"Markers"`         // of the devices that signed in, at most [MaxDeviceMarkers]
	ControlMarks    []ControlMark  `signed:"Touched"`         // who gained control over the account
	ResetAt         time.Time      `signed:"ResetAt"`         // an administrator's last 2FA reset
	PasswordResetAt time.Time      `signed:"PasswordResetAt"` // an administrator's last password reset
	LastSignInAt    time.Time      `signed:"LastSignInAt"`
	CreatedAt       time.Time      `signed:"CreatedAt"`
	CreatedBy       string         `signed:"CreatedBy"`     // user id, with a token that of who made it; empty for the first operator
	Halves          []Half         `signed:"Halves"`        // what others did to the password and the factors
	UsedAt          time.Time      `signed:"UsedAt"`        // first sign-in, positive verify or own enrollment; see [User.Used]
	OwnPasswordAt   time.Time      `signed:"OwnPasswordAt"` // since when the password is one the user chose by a code
	OwnFactorAt     time.Time      `signed:"OwnFactorAt"`   // since when the user has 2FA that the user enrolled
	DisabledAt      time.Time      `signed:"DisabledAt"`    // when the user last turned 2FA off
	Held            []Holdover     `signed:"Held"`          // what still applies of the rules, since the account moved
	Rev             int64          `signed:"-"`
	// Look is what all addresses have in common that look like this one; empty where it is the
	// address itself, as it is for most. Records are written with it.
	Look  string `signed:"Look"`
	MAC   []byte `signed:"-"` // over every field above
	Proof *Proof `signed:"-"`
}

// LossTTL is how long after a user lost 2FA, because it was disabled or reset, no application
// lets the user in without a code.
const LossTTL = 24 * time.Hour

// FactorMark is the user row's memory of one confirmed factor row, so that a
// deleted row is seen as damage and never as "no factor", and an older one put
// back is too: a code that was spent stays spent.
type FactorMark struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	Seen string `json:"seen"` // the end of the row's MAC, in hex
}

// Used reports whether the account was ever used. A row of schema 6 and before says so by
// its last sign-in.
func (u User) Used() bool { return !u.UsedAt.IsZero() || !u.LastSignInAt.IsZero() }

// ControlMark is one thing that a person did to an account, or to the role it has, that gave
// them control over it for [ControlTTL]. The account may not approve what that person asks for.
type ControlMark struct {
	What  ControlKind `json:"what"`
	By    string      `json:"by"` // user id, or [BreakGlassID]
	At    time.Time   `json:"at"`
	Asked bool        `json:"asked,omitempty"` // this person asked for it, and another did it
	Early bool        `json:"early,omitempty"` // the operator of init did it in the store's early days
}

// ControlKind is what was done.
type ControlKind string

// What gives control over an account. A demotion gives none, and is remembered for a day.
// Schema 6 and before have resets among the marks, as password and 2fa; they are halves now.
const (
	ControlCreated     ControlKind = "made"
	ControlRole        ControlKind = "role"
	ControlDemoted     ControlKind = "demoted"
	ControlPassword    ControlKind = "password"
	ControlFactors     ControlKind = "2fa"
	ControlAddress     ControlKind = "address"
	ControlMove        ControlKind = "community"
	ControlReactivated ControlKind = "reactivated"
)

// Attempts counts wrong answers of one sort. It lives in the user row and is
// shared by every way in, every host and every restart.
type Attempts struct {
	Consecutive int         `json:"consecutive,omitempty"` // wrong since the last right one
	Forgiven    int         `json:"forgiven,omitempty"`    // how many of them an unlock forgave: they lock no more
	Wrong       []time.Time `json:"wrong,omitempty"`       // the wrong ones of the last 24 h, oldest first
	InFlight    []time.Time `json:"in_flight,omitempty"`   // password attempts that were reserved and are being hashed
	LockedUntil time.Time   `json:"locked_until,omitzero"`
	NoticeAt    time.Time   `json:"notice_at,omitzero"` // when the user was last told of a wrong code, at most once an hour
}

// DeviceMarker is what an account remembers of a client that has signed in. The client has the
// marker itself. It has counters of wrong passwords of its own and proves nothing else.
type DeviceMarker struct {
	Tag      string    `json:"tag"` // keyed, over the marker, the account and the store
	EndsAt   time.Time `json:"ends_at"`
	Attempts Attempts  `json:"attempts"` // passwords that came with it; never left out, since empty lists and none are the same in a store
}

// Bounds of device markers that no policy changes.
const (
	DeviceMarkerTTL  = 90 * 24 * time.Hour // since the last sign-in with it
	MaxDeviceMarkers = 10                  // of one account
)

// Community is a tenant. Users, policy and audit belong to one.
type Community struct {
	ID        string            `signed:"ID"`
	Name      string            `signed:"Name"`     // unique
	ParentID  string            `signed:"ParentID"` // who has a permission in the parent has it here; may be empty
	Policy    map[string]string `signed:"Policy"`   // the rules it sets, by name, see [PolicyRules]
	Roles     []CustomRole      `signed:"Roles"`    // the roles it made, by name
	CreatedAt time.Time         `signed:"CreatedAt"`
	Held      []Holdover        `signed:"Held"` // what still applies of its rules, and of those of a parent it had
	Rev       int64             `signed:"-"`
	MAC       []byte            `signed:"-"`
	Proof     *Proof            `signed:"-"`
}
