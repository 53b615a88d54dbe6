package mfa

// InitRequest makes the first community and its first operator on an empty
// store. It is for a program that opens the store directly, so it is no part of
// [Service].
type InitRequest struct {
	Community string
	Email     string
	Password  Secret
}

// Initialized is a store that was just made, and its operator's first session.
type Initialized struct {
	Community   string   `json:"community"`
	CommunityID string   `json:"community_id"`
	User        string   `json:"user"`
	UserID      string   `json:"user_id"`
	Session     SignedIn `json:"session"`
}
