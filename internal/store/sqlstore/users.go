package sqlstore

import (
	"cmp"
	"iter"

	"github.com/mfactl/mfactl/internal/mfa"
)

const userColumns = `id, community_id, email, role, service, status, state, password_hash, factors, preferred_id,
	attempts, touched, reset_at, password_reset_at, last_sign_in_at, created_at, created_by,
	halves, used_at, own_password_at, own_factor_at, disabled_at, held, look, mac, rev`

const (
	selectUser  = `SELECT ` + userColumns + ` FROM users WHERE id = $1`
	selectUsers = `SELECT ` + userColumns + ` FROM users`
	userID      = `SELECT id FROM users WHERE email = $1`
)

var users = table[mfa.User]{
	records: records[mfa.User]{scanUser, copyUser, func(u *mfa.User) **mfa.Proof { return &u.Proof }},
	name:    "users", columns: userColumns, indexed: []string{"community_id", "email", "role", "look"},
	selectByKey: selectUser, selectKey: userID,
}

// counters is the stored form of a user's counters of wrong answers.
type counters struct {
	OTP      attempts `json:"otp,omitzero"`
	Code     attempts `json:"code,omitzero"`
	Password attempts `json:"password,omitzero"`

	VerifyOTP  attempts `json:"verify_otp,omitzero"`
	VerifyCode attempts `json:"verify_code,omitzero"`

	Markers []marker `json:"markers,omitempty"`
}

// marker is the stored form of a device marker.
type marker struct {
	Tag      string   `json:"tag"`
	EndsAt   int64    `json:"ends"`
	Attempts attempts `json:"attempts,omitzero"`
}

func storedMarker(m mfa.DeviceMarker) marker {
	return marker{m.Tag, micros(m.EndsAt), storedAttempts(m.Attempts)}
}

func (m marker) record() mfa.DeviceMarker {
	return mfa.DeviceMarker{Tag: m.Tag, EndsAt: fromMicros(m.EndsAt), Attempts: m.Attempts.record()}
}

func scanUser(r row) (mfa.User, error) {
	var u mfa.User
	var c counters
	err := r.Scan(&u.ID, &u.CommunityID, &u.Email, &u.Role, boolAt(&u.Service), &u.Status, &u.State, &u.PasswordHash,
		listAt(&u.Factors), &u.PreferredID, jsonAt(&c), listAt(&u.ControlMarks), timeAt(&u.ResetAt), timeAt(&u.PasswordResetAt),
		timeAt(&u.LastSignInAt), timeAt(&u.CreatedAt), &u.CreatedBy, listAt(&u.Halves), timeAt(&u.UsedAt),
		timeAt(&u.OwnPasswordAt), timeAt(&u.OwnFactorAt), timeAt(&u.DisabledAt), listAt(&u.Held), &u.Look, bytesAt(&u.MAC), &u.Rev)
	u.OTP, u.Code, u.Password = c.OTP.record(), c.Code.record(), c.Password.record()
	u.VerifyOTP, u.VerifyCode = c.VerifyOTP.record(), c.VerifyCode.record()
	u.Markers = mapped(c.Markers, marker.record)
	if len(u.Factors) == 0 {
		u.Factors = nil
	}
	return u, err
}

// User returns the user of an id.
func (t *tx) User(id string) (mfa.User, error) { return recallOne(t, users.records, selectUser, id) }

// LockUser returns the user of an id and holds the row until the end.
func (t *tx) LockUser(id string) (mfa.User, error) {
	return recallOne(t, users.records, selectUser+t.dialect.ForUpdate, id)
}

// UserID returns the id of the user of an e-mail address.
func (t *tx) UserID(email string) (string, error) {
	return recallOne(t, texts, userID, email)
}

// Users lists users by e-mail address, byte by byte.
func (t *tx) Users(q mfa.UserQuery) ([]mfa.User, error) {
	w := usersWhere(q)
	w.and("email > ", q.After, q.After != "")
	return many(t, listed(scanUser), w.query(selectUsers, ` ORDER BY email`, q.Limit), w.args...)
}

// EachUserOf walks through the users of a query by e-mail address, q.Limit at a time.
func (t *tx) EachUserOf(q mfa.UserQuery) iter.Seq2[mfa.User, error] {
	size := cmp.Or(q.Limit, walkPage)
	next := func(last string) (string, []any, int) {
		w := usersWhere(q)
		w.and("email > ", last, true) // a row with an empty address, which no account has, would end the walk
		return w.query(selectUsers, ` ORDER BY email`, size), w.args, size
	}
	return eachOf(t, scanUser, next, q.After, func(u mfa.User) string { return u.Email })
}

func usersWhere(q mfa.UserQuery) (w where) {
	w.in("community_id", q.CommunityIDs, q.CommunityIDs != nil)
	w.in("role", stringsOf(q.Roles), q.Roles != nil)
	if q.Look != "" {
		w.and("look = ", q.Look, true)
		w.also("look <> ''") // as the index says of itself, which else is not used
	}
	if q.CanSignIn { // a row with an unknown value is found, and its MAC shows the damage
		w.in("status NOT", []string{string(mfa.UserLocked), string(mfa.UserDeactivated)}, true)
		w.also("service <> TRUE")
	}
	return w
}

// PutUser keeps a user; Conflict also if the address is another's.
func (t *tx) PutUser(u *mfa.User) error {
	counts := counters{
		OTP: storedAttempts(u.OTP), Code: storedAttempts(u.Code), Password: storedAttempts(u.Password),
		VerifyOTP: storedAttempts(u.VerifyOTP), VerifyCode: storedAttempts(u.VerifyCode),
		Markers: mapped(u.Markers, storedMarker),
	}
	return put(t, &users, u, &u.Rev, u.ID, u.CommunityID, u.Email, string(u.Role), u.Service,
		string(u.Status), string(u.State), u.PasswordHash, listAt(&u.Factors), u.PreferredID, jsonAt(&counts),
		listAt(&u.ControlMarks), micros(u.ResetAt), micros(u.PasswordResetAt), micros(u.LastSignInAt),
		micros(u.CreatedAt), u.CreatedBy, listAt(&u.Halves), micros(u.UsedAt), micros(u.OwnPasswordAt), micros(u.OwnFactorAt),
		micros(u.DisabledAt), listAt(&u.Held), u.Look, blob(u.MAC))
}

// DeleteUser removes a user; Conflict while a factor, a session or a token is
// left.
func (t *tx) DeleteUser(id string) error { return remove(t, &users, id) }
