package mfa

// Change is what an administrator may say with a request that changes something. The requests
// embed it, and in JSON its fields stand beside theirs.
type Change struct {
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"` // check and tell, change nothing; needs no password
}

// Says returns what the request says of the change it makes.
func (c Change) Says() Change { return c }

// LoginRequest asks for a session.
type LoginRequest struct {
	Email    string `json:"email"`
	Password Secret `json:"password"`
	Code     Secret `json:"code,omitzero"`    // one-time password, backup or recovery code
	Method   Kind   `json:"method,omitempty"` // try factors of this kind only
	Marker   Secret `json:"marker,omitzero"`  // the device marker of an earlier sign-in: wrong passwords of others do not count
}

// AnswerRequest answers a challenge.
type AnswerRequest struct {
	Challenge Secret `json:"challenge"`
	Code      Secret `json:"code"`
	Method    Kind   `json:"method,omitempty"`
}

// LogoutRequest ends the caller's session.
type LogoutRequest struct {
	All bool `json:"all,omitempty"` // and every other session of the caller
}

// WhoAmIRequest asks who the caller is.
type WhoAmIRequest struct{}

// ChangePasswordRequest changes the caller's own password.
type ChangePasswordRequest struct {
	Password    Secret `json:"password"`
	NewPassword Secret `json:"new_password"`
}

// RedeemPasswordRequest sets a password with a set-password code.
type RedeemPasswordRequest struct {
	Email       string `json:"email"`
	Code        Secret `json:"code"`
	NewPassword Secret `json:"new_password"`
}

// ResetPasswordRequest takes another user's password away.
type ResetPasswordRequest struct {
	User     string `json:"user"`     // e-mail address or id
	Password Secret `json:"password"` // the caller's own
	Change
	Request bool `json:"request,omitempty"` // file it for a second person instead
}

// EnrollRequest begins a factor.
type EnrollRequest struct {
	Kind     Kind      `json:"kind"`
	Label    string    `json:"label,omitempty"`
	Params   OTPParams `json:"params,omitzero"`
	Password Secret    `json:"password"`
	Further  bool      `json:"further,omitempty"` // one more factor while 2FA is on; else "on" answers changed: false
}

// ActivateRequest confirms the pending factor of the caller's session.
type ActivateRequest struct {
	Code Secret `json:"code"`
}

// GenerateBackupCodesRequest replaces the caller's backup codes.
type GenerateBackupCodesRequest struct {
	Password Secret `json:"password"`
}

// DisableRequest switches the caller's 2FA off.
type DisableRequest struct {
	Password Secret `json:"password"`
}

// TwoFactorStatusRequest asks for the caller's own 2FA.
type TwoFactorStatusRequest struct{}

// PreferFactorRequest chooses the factor that sign-in asks for.
type PreferFactorRequest struct {
	Factor string `json:"factor"` // id or label
}

// RenameFactorRequest changes a factor's label.
type RenameFactorRequest struct {
	Factor string `json:"factor"`
	Label  string `json:"label"`
}

// RemoveFactorRequest removes one factor.
type RemoveFactorRequest struct {
	Factor   string `json:"factor"`
	Password Secret `json:"password"`
}

// ResyncFactorRequest gives two consecutive codes of one factor.
type ResyncFactorRequest struct {
	Factor   string `json:"factor"`
	First    Secret `json:"first"`
	Second   Secret `json:"second"`
	Password Secret `json:"password,omitzero"` // needed after a hundred wrong codes in a row
}

// VerifyRequest checks a user's code.
type VerifyRequest struct {
	User       string `json:"user"`
	Code       Secret `json:"code"`
	Method     Kind   `json:"method,omitempty"`
	IfEnrolled bool   `json:"if_enrolled,omitempty"` // a user without 2FA, who needs none, is ok with method "none"
	// What the caller says that the code is for, and where the person is. Both are recorded as
	// claimed, and notices contain them.
	Service       string `json:"service,omitempty"`
	ClientAddress string `json:"client_address,omitempty"`
}

// ResetRequest ends another user's 2FA.
type ResetRequest struct {
	User     string `json:"user"`
	Password Secret `json:"password"` // the caller's own, which is the confirmation
	Change
	NewCode bool `json:"new_code,omitempty"` // kill a live recovery code and give another
	// RevokeTokens ends the user's API tokens too, which a reset keeps otherwise.
	RevokeTokens bool `json:"revoke_tokens,omitempty"`
	Request      bool `json:"request,omitempty"` // file it for a second person instead
}

// CreateUserRequest makes an account.
type CreateUserRequest struct {
	Email       string `json:"email"`
	Role        Role   `json:"role"`
	Community   string `json:"community,omitempty"`   // name or id; the caller's own by default
	NewPassword Secret `json:"new_password,omitzero"` // the new user's; without it a set-password code is made
	Password    Secret `json:"password,omitzero"`     // the caller's own; needed to widen authority
	Service     bool   `json:"service,omitempty"`     // a service account, which has neither
	Change
}

// ShowUserRequest names one account.
type ShowUserRequest struct {
	User string `json:"user"`
}

// ListUsersRequest asks for a page of accounts.
type ListUsersRequest struct {
	Community string `json:"community,omitempty"`
	After     string `json:"after,omitempty"`
	Limit     int    `json:"limit,omitempty"` // at most 1000, which is the default
}
