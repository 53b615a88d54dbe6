package mfa

import "time"

// MaxFactors is how many confirmed factors a user may have, besides codes that stand in for one.
const MaxFactors = 10

// FactorStatus says what a factor may be used for.
type FactorStatus string

// The statuses.
const (
	FactorPending  FactorStatus = "pending"  // enrolled, not yet confirmed: no factor at sign-in
	FactorActive   FactorStatus = "active"   // confirmed
	FactorDisabled FactorStatus = "disabled" // 100 wrong codes in a row: only a reset helps (NIST SP 800-63B §3.2.2)
)

// Factor is one enrolled factor as a store keeps it. The private state (seed,
// counters, spent steps) is in Sealed and nowhere else.
type Factor struct {
	ID          string       `signed:"ID"`
	UserID      string       `signed:"UserID"`
	Kind        Kind         `signed:"Kind"`
	Label       string       `signed:"Label"` // chosen by the user, unique per user
	Status      FactorStatus `signed:"Status"`
	Sealed      []byte       `signed:"Sealed"`      // private state, sealed to this row
	SessionHash string       `signed:"SessionHash"` // the session a pending enrollment belongs to; empty once active
	Tries       int          `signed:"Tries"`       // wrong codes given to a pending enrollment
	CreatedAt   time.Time    `signed:"CreatedAt"`   // UTC, microseconds
	ConfirmedAt time.Time    `signed:"ConfirmedAt"` // zero while pending
	ExpiresAt   time.Time    `signed:"ExpiresAt"`   // end of a pending enrollment or of a recovery or set-password code; zero: never
	LastUsedAt  time.Time    `signed:"LastUsedAt"`  // written at most once a minute
	Rev         int64        `signed:"-"`
	MAC         []byte       `signed:"-"` // over every field above
	Proof       *Proof       `signed:"-"`
}

// OTPParams are the public parameters of a one-time password (RFC 6238 §4).
// A zero field stands for the default.
type OTPParams struct {
	Algorithm string `json:"algorithm,omitempty"` // SHA1, SHA256 or SHA512; SHA1 by default
	Digits    int    `json:"digits,omitempty"`    // 6 or 8; 6 by default
	Period    int    `json:"period,omitempty"`    // seconds, 30 or 60; 30 by default; TOTP only
}

// Reveal is what an enrollment shows its owner, once.
type Reveal struct {
	Secret     Secret   // base32 without padding; empty for codes
	OtpauthURI Secret   // for the QR code; empty for codes
	Codes      []Secret // XXXX-XXXX-XXXX-XXXX each; empty for one-time passwords
}

// Prompt says what to ask a person for.
type Prompt struct {
	Kind     Kind   `json:"kind"`
	Label    string `json:"label,omitempty"`
	Digits   int    `json:"digits,omitempty"`   // expected length; 0 for 16-symbol codes
	Question string `json:"question,omitempty"` // what the answer depends on, of a kind whose answers do
}
