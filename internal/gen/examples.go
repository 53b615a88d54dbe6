package main

// exampleBody is a request of a method as somebody would make it. A method that is
// not here has an empty one, which only what asks for nothing takes.
func exampleBody(method string) string {
	if body, ok := map[string]string{ //nolint:gosec // names of variables, no credentials
		"Login":               `{"email": "bob@acme.example", "password": "$PASSWORD", "code": "$CODE"}`,
		"Answer":              `{"challenge": "$CHALLENGE", "code": "$CODE"}`,
		"Logout":              `{"all": true}`,
		"ChangePassword":      `{"password": "$PASSWORD", "new_password": "$NEW_PASSWORD"}`,
		"RedeemPassword":      `{"email": "carol@acme.example", "code": "$SET_PASSWORD_CODE", "new_password": "$NEW_PASSWORD"}`,
		"ResetPassword":       `{"user": "bob@acme.example", "password": "$PASSWORD", "reason": "forgotten"}`,
		"Enroll":              `{"kind": "totp", "label": "tablet", "password": "$PASSWORD", "further": true}`,
		"Activate":            `{"code": "$CODE"}`,
		"GenerateBackupCodes": `{"password": "$PASSWORD"}`,
		"Disable":             `{"password": "$PASSWORD"}`,
		"PreferFactor":        `{"factor": "phone"}`,
		"RenameFactor":        `{"factor": "phone", "label": "old phone"}`,
		"RemoveFactor":        `{"factor": "tablet", "password": "$PASSWORD"}`,
		"ResyncFactor":        `{"factor": "phone", "first": "$CODE", "second": "$NEXT_CODE"}`,
		"Verify":              `{"user": "bob@acme.example", "code": "$CODE"}`,
		"CheckCode":           `{"user": "bob@acme.example", "code": "$CODE"}`,
		"Reset":               `{"user": "bob@acme.example", "password": "$PASSWORD", "reason": "lost phone"}`,
		"ListRequests":        `{"status": "pending"}`,
		"ShowRequest":         `{"id": "$REQUEST"}`,
		"Approve":             `{"id": "$REQUEST", "password": "$PASSWORD"}`,
		"Deny":                `{"id": "$REQUEST", "reason": "he has found it"}`,
		"CreateUser":          `{"email": "dora@acme.example", "role": "member"}`,
		"ShowUser":            `{"user": "bob@acme.example"}`,
		"ListUsers":           `{"limit": 100}`,
		"UpdateUser":          `{"user": "bob@acme.example", "role": "helpdesk", "password": "$PASSWORD"}`,
		"LockUser":            `{"user": "bob@acme.example", "reason": "stolen laptop"}`,
		"UnlockUser":          `{"user": "bob@acme.example"}`,
		"DeleteUser":          `{"user": "bob@acme.example", "reason": "has left"}`,
		"ListSessions":        `{"user": "bob@acme.example"}`,
		"RevokeSessions":      `{"user": "bob@acme.example", "reason": "stolen laptop"}`,
		"CreateToken":         `{"for": "ci@acme.example", "name": "deploy", "permissions": ["users:read", "users:lock"], "expires": "30d", "password": "$PASSWORD"}`,
		"ListTokens":          `{"user": "ci@acme.example"}`,
		"RotateToken":         `{"id": "$TOKEN_ID", "grace": "10m", "password": "$PASSWORD"}`,
		"RevokeToken":         `{"id": "$TOKEN_ID", "reason": "the job is gone"}`,
		"CreateRole":          `{"name": "approver", "permissions": ["users:read", "requests:approve"], "password": "$PASSWORD"}`,
		"UpdateRole":          `{"name": "desk", "add": ["audit:read"], "password": "$PASSWORD"}`,
		"DeleteRole":          `{"name": "desk"}`,
		"CreateCommunity":     `{"name": "Branch"}`,
		"UpdateCommunity":     `{"community": "Old branch", "name": "South"}`,
		"SetPolicy":           `{"rules": {"require_2fa": "privileged", "lockout": "4"}, "password": "$PASSWORD"}`,
		"ListEvents":          `{"actions": ["2fa.reset"], "since": "2026-01-01T00:00:00Z"}`,
	}[method]; ok {
		return body
	}
	return `{}`
}
