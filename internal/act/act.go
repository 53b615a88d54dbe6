package act

import (
	"cmp"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Act is one act in one transaction: who acts, when, and the transaction. If the transaction
// runs again, it gets a new Act.
type Act struct {
	Runner   *Runner
	Read     *records.Reader
	Refusals *records.RefusalWriter // writes what a refusal leaves behind too; nil if the act only reads
	Write    *records.Writer        // set while an act runs that may change something, else nil
	Rand     io.Reader              // drawn before the transaction
	Rule     mfa.Rule
	moment
	spec Spec
	call mfa.Call

	Session mfa.Session // the caller's; of an API token what is like a session
	Token   mfa.Token   // the caller's API token, if the caller used one
	Actor   *Account    // the caller; nil before sign-in
	Device  string      // tag of the device marker that the sign-in brought, or that the session was opened with; empty if none

	proved   bool        // the caller's password was right, in this call
	unproved bool        // the act needs the caller's password, and the call brought none
	bounded  bool        // the caller's session was opened under a clock far ahead, and its end was shortened
	recorded bool        // an event tells of what was done
	events   []mfa.Event // of the act, until [writeEvents] writes them
	notices  []string    // ids of notices that were queued before the event that names them
	failed   error       // the first write that failed, see [Act.Wrote]
}

// Wrote takes note of what a write came to. A transaction in which one failed is rolled back
// with that error, whatever the act returns, so that an act need not look at each write.
func (a *Act) Wrote(err error) { a.failed = cmp.Or(a.failed, err) }

// Account is a user with what belongs to them.
type Account struct {
	mfa.User
	Community mfa.Community
	Grant     mfa.Grant  // what the role gives
	Policy    mfa.Policy // the rules that hold for the user
	// PrivilegedUntil is how long the account still counts as privileged, since its role lost
	// its last permission.
	PrivilegedUntil time.Time
}

// Needs2FA reports whether the policy requires 2FA of the account. A service
// account is always exempt: it can have none.
func (u *Account) Needs2FA() bool {
	return !u.Service && u.Policy.Requires(u.ID, u.Grant)
}

// PasswordLength is how many characters a new password of the account must have: what the
// policy says if the account must have or has 2FA, and more where the password stands alone.
func (u *Account) PasswordLength() int {
	if u.Needs2FA() || u.State == mfa.StateOn || u.State == mfa.StateRecovering {
		return u.Policy.PasswordMinLength
	}
	return max(u.Policy.PasswordMinLength, mfa.LonePasswordLength)
}

// beginRead begins an act in a transaction that only reads.
func (run *Runner) beginRead(r *records.Reader, o Spec, rule mfa.Rule, call mfa.Call, d draw) (*Act, error) {
	a := &Act{Runner: run, Read: r, spec: o, Rule: rule, call: call, Rand: d.reader()}
	return a, a.readClock()
}

// beginWrite begins an act in a transaction that may write what a refusal leaves behind.
func (run *Runner) beginWrite(refusals *records.RefusalWriter, o Spec, rule mfa.Rule, call mfa.Call, d draw) (*Act, error) {
	a, err := run.beginRead(refusals.Reader, o, rule, call, d)
	a.Refusals = refusals
	return a, err
}

// BeginMaintenance begins work that no call asks for, in any transaction.
func (run *Runner) BeginMaintenance(r *records.Reader) (*Act, error) {
	return run.beginRead(r, Spec{}, mfa.Rule{}, mfa.Call{}, newDraw(run.Rand))
}

// BeginExamination begins a look at records of which any may be damaged: it knows no time,
// since the record that remembers it may be.
func (run *Runner) BeginExamination(r *records.Reader) *Act { return &Act{Runner: run, Read: r} }

// ActAs makes a user the caller, once what proves it was right.
func (a *Act) ActAs(u *Account) { a.Actor = u }

// At returns the act as if it were done at another time, to ask what could be done then.
func At(a *Act, now time.Time) *Act {
	then := *a
	then.Now = now
	return &then
}

// AccountByID reads a user by id; the row is held where the act may write it.
func (a *Act) AccountByID(id string, hold bool) (*Account, error) {
	return a.AccountRead(a.Read.User(id, hold))
}

// AccountNamed finds a user by address or id, and holds the row where the act
// may write.
func (a *Act) AccountNamed(who string) (*Account, error) {
	if address, err := CanonicalEmail(who); err == nil {
		return a.AccountAt(address)
	}
	return a.AccountByID(who, true)
}

// AccountAt finds a user by address, and holds the row where the act may write.
func (a *Act) AccountAt(address string) (*Account, error) {
	return a.AccountRead(a.Read.UserAt(address))
}

// AccountRead is AccountOf for a user who was read, or the error of reading.
func (a *Act) AccountRead(u mfa.User, err error) (*Account, error) {
	if err != nil {
		return nil, err
	}
	return a.AccountOf(u)
}

// AccountOf loads the user's community and computes grant and policy.
func (a *Act) AccountOf(u mfa.User) (*Account, error) {
	h, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return nil, err
	}
	role, _ := h.Custom(u.Role)
	out := &Account{User: u, Community: h.Communities[0], Grant: h.Grant(u.Role), PrivilegedUntil: role.PrivilegedUntil}
	out.Policy = mfa.InForce(h.Policy, mfa.Standing{Line: h.Communities, User: &out.User}, a.Now)
	return out, nil
}

// Reaches reports whether the actor's permissions reach a community: everywhere,
// their own, or one below it.
func (a *Act) Reaches(communityID string) (bool, error) {
	if a.Actor.Grant.Everywhere {
		return true, nil
	}
	h, err := a.Read.Lineage(communityID)
	if err != nil {
		return false, err
	}
	return h.Below(a.Actor.CommunityID), nil
}

// ReachableCommunities lists the communities the actor's permissions reach; nil means every
// one.
func (a *Act) ReachableCommunities() ([]string, error) {
	if a.Actor.Grant.Everywhere {
		return nil, nil
	}
	tree, err := a.Read.Tree()
	if err != nil {
		return nil, err
	}
	ids := []string{a.Actor.CommunityID}
	for _, h := range tree.Lineages {
		if id := h.Communities[0].ID; h.Below(a.Actor.CommunityID) && id != a.Actor.CommunityID {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
