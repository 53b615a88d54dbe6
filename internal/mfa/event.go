package mfa

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

// Outcome says how an act ended.
type Outcome string

// The outcomes.
const (
	OutcomeOK      Outcome = "ok"
	OutcomeRefused Outcome = "refused"
)

// Severity tells what must not be overlooked.
type Severity string

// The severities.
const (
	SeverityNormal Severity = ""
	SeverityHigh   Severity = "high"
)

// Event is one line of the audit trail. It carries no secret and no prefix of
// one (OWASP ASVS 16.2.5).
type Event struct {
	Seq         int64      `json:"seq" signed:"Seq"` // gapless, from 1
	At          time.Time  `json:"at" signed:"At"`
	Action      Action     `json:"action" signed:"Action"`
	Outcome     Outcome    `json:"outcome" signed:"Outcome"`
	Severity    Severity   `json:"severity,omitempty" signed:"Severity"`
	Code        Code       `json:"code,omitempty" signed:"Code"` // why it was refused, as told to the caller
	ActorID     string     `json:"actor_id,omitempty" signed:"ActorID"`
	Actor       string     `json:"actor,omitempty" signed:"Actor"` // e-mail address at that time; for an unknown name a keyed hash
	ActorRole   Role       `json:"actor_role,omitempty" signed:"ActorRole"`
	CommunityID string     `json:"community_id,omitempty" signed:"CommunityID"`
	TargetID    string     `json:"target_id,omitempty" signed:"TargetID"`
	Target      string     `json:"target,omitempty" signed:"Target"`
	Method      string     `json:"method,omitempty" signed:"Method"` // the operation, see [Rules]
	Factor      Kind       `json:"factor,omitempty" signed:"Factor"` // the kind of factor that was used
	Reason      string     `json:"reason,omitempty" signed:"Reason"` // what the actor gave as the reason
	Note        string     `json:"note,omitempty" signed:"Note"`     // facts of the act, such as how many codes are left
	SessionHash string     `json:"session,omitempty" signed:"SessionHash"`
	TokenID     string     `json:"token_id,omitempty" signed:"TokenID"` // of the API token that acted
	KeyHash     string     `json:"key_hash,omitempty" signed:"KeyHash"` // hash of the idempotency key
	From        Provenance `json:"from" signed:"From"`
	Notices     []string   `json:"notices,omitempty" signed:"Notices"` // ids of the notices that were queued with it
	MAC         []byte     `json:"-" signed:"-"`                       // over every field above
}

// Provenance says where a call came from. Locally it is read from the kernel; what a client
// or an environment variable says stands under Claimed alone, since anybody can set it.
type Provenance struct {
	RequestID string `json:"request_id,omitempty"`
	Version   string `json:"version,omitempty"`
	Address   string `json:"address,omitempty"` // the client's, seen on the connection
	Host      string `json:"host,omitempty"`
	PID       int    `json:"pid,omitempty"`
	UID       string `json:"uid,omitempty"`
	OSUser    string `json:"os_user,omitempty"`
	SudoUser  string `json:"sudo_user,omitempty"`  // claimed; only in events of older versions
	SSHClient string `json:"ssh_client,omitempty"` // claimed; only in events of older versions
	TTY       string `json:"tty,omitempty"`
	CIJob     string `json:"ci_job,omitempty"` // claimed; only in events of older versions
	Claimed   string `json:"claimed,omitempty"`

	LoginUID     string `json:"login_uid,omitempty"`  // who signed in at the host, as the kernel says, also after sudo; "unknown" if it has none
	LoginUser    string `json:"login_user,omitempty"` // the name of that user
	TokenName    string `json:"token_name,omitempty"` // of the API token that acted
	TokenCreator string `json:"token_creator,omitempty"`
}

// Network is the network that counts as one client: the address, or the 64 bits of an IPv6
// address that one customer has. It is empty for a call from this host.
func (p Provenance) Network() string {
	ip, err := netip.ParseAddr(p.Address)
	if err != nil {
		return p.Address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	block, _ := ip.Prefix(64) // fits every IPv6 address
	return block.String()
}

// LoginUnknown is the login uid of a process that the kernel knows none of.
const LoginUnknown = "unknown"

// OSPerson names in words the user of the host who acted, by the kernel alone. It is empty if
// the call did not come from this host.
func (p Provenance) OSPerson() string {
	who := cmp.Or(p.OSUser, uidWord(p.UID))
	login := cmp.Or(p.LoginUser, uidWord(p.LoginUID))
	switch {
	case who == "" || p.LoginUID == "" || p.LoginUID == p.UID:
		return who
	case p.LoginUID == LoginUnknown:
		return who + " (login uid unknown)"
	}
	return login + " as " + who
}

func uidWord(uid string) string {
	if uid == "" {
		return ""
	}
	return "uid " + uid
}

// Claims are what a client and its environment say of themselves, in words.
func (p Provenance) Claims() string {
	var said []string
	for _, old := range [][2]string{{"sudo_user", p.SudoUser}, {"ssh_client", p.SSHClient}, {"ci_job", p.CIJob}} {
		if old[1] != "" {
			said = append(said, old[0]+"="+old[1])
		}
	}
	for one := range strings.FieldsSeq(p.Claimed) {
		if name, _, _ := strings.Cut(one, "="); name != "version" && name != "request_id" {
			said = append(said, one)
		}
	}
	return strings.Join(said, " ")
}

// NoticeKind names one sort of mail.
type NoticeKind string

// The notices a user gets.
const (
	NoticeEnabled         NoticeKind = "2fa-enabled"
	NoticeDisabled        NoticeKind = "2fa-disabled"
	NoticeReset           NoticeKind = "2fa-reset"
	NoticeFactorAdded     NoticeKind = "factor-added"
	NoticeFactorRemoved   NoticeKind = "factor-removed"
	NoticePreferred       NoticeKind = "preferred-changed"
	NoticeCodesGenerated  NoticeKind = "backup-codes-generated"
	NoticeCodeUsed        NoticeKind = "backup-code-used"
	NoticeWrongCode       NoticeKind = "wrong-code"
	NoticeManyWrong       NoticeKind = "many-wrong-codes"
	NoticeLocked          NoticeKind = "locked"
	NoticePasswordChanged NoticeKind = "password-changed"
	NoticePasswordReset   NoticeKind = "password-reset"
	NoticeRecoveryUsed    NoticeKind = "recovery-used"
	NoticeAddressChanged  NoticeKind = "address-changed"
	NoticeRoleChanged     NoticeKind = "role-changed"
	NoticeUnlocked        NoticeKind = "unlocked"
	NoticeMoved           NoticeKind = "moved"
	NoticeDeleted         NoticeKind = "deleted"
	NoticeDeactivated     NoticeKind = "deactivated"
	NoticeReactivated     NoticeKind = "reactivated"
	NoticeSessionsEnded   NoticeKind = "sessions-ended"
	NoticeTokenCreated    NoticeKind = "token-created"
	NoticeTokenRevoked    NoticeKind = "token-revoked"
)

// The notices administrators get.
const (
	NoticePolicy     NoticeKind = "policy-changed"
	NoticeBreakGlass NoticeKind = "break-glass"
	NoticeRequest    NoticeKind = "request-filed"
	NoticeDecided    NoticeKind = "request-decided"
	NoticeRemoved    NoticeKind = "damaged-account-deleted"
)

// Notice is one mail that waits to be sent. It is queued in the transaction
// of the act it tells of and never carries a secret.
type Notice struct {
	ID        string     `signed:"ID"` // also its Message-ID's left side, so that a second delivery is known as one
	Kind      NoticeKind `signed:"Kind"`
	UserID    string     `signed:"UserID"`
	Address   string     `signed:"Address"`
	By        string     `signed:"By"` // who did it: e-mail address, or "you"
	Reason    string     `signed:"Reason"`
	Note      string     `signed:"Note"` // such as "7 backup codes left"
	CreatedAt time.Time  `signed:"CreatedAt"`
	SentAt    time.Time  `signed:"SentAt"` // zero while undelivered
	MAC       []byte     `signed:"-"`      // over every field above
}
