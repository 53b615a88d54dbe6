package factor

import (
	"errors"
	"io"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
)

// Answers of Check that are no failures.
var (
	// ErrWrong says that the answer matches nothing.
	ErrWrong = errors.New("wrong code")
	// ErrReplay says that the answer was right once and is spent.
	ErrReplay = errors.New("code already used")
)

// Cred is the private state of one enrolled factor: JSON that only its own kind
// reads. The engine keeps it sealed and never looks inside.
type Cred []byte

// Tagger makes and checks keyed tags under a key that is not in the database.
// Look-up codes are kept as tags only.
type Tagger interface {
	Tag(data []byte) []byte
	VerifyTag(data, tag []byte) bool
}

// Subject is whom and when a kind works for. Everything a kind may depend on
// comes in here, so that the same Subject always gives the same result.
type Subject struct {
	UserID   string
	FactorID string
	Account  string // shown beside the code in the app: the e-mail address
	Issuer   string // shown above it: the community's name
	Now      time.Time
	Doubted  bool      // Now may be far ahead of the time by a mistake
	Skew     int       // steps of time before and after the current one that are accepted
	Rand     io.Reader // drawn by the caller before its transaction; a short read is an error
	Tagger   Tagger
	Params   mfa.OTPParams
	Count    int // how many codes to make, for kinds that make several
}

// Kind is one sort of factor: pure functions, no clock, no database, no
// network. Stored state comes in, new state goes out.
type Kind interface {
	// Info is the kind's row in the table of kinds: its name and what other code asks of it.
	Info() mfa.KindInfo
	// Enroll makes a new credential and what its owner must see of it, once.
	Enroll(Subject) (Cred, mfa.Reveal, error)
	// Fits reports whether an answer has the form of this kind's.
	Fits(answer string) bool
	// Ask says what to ask for. A kind that must send something first returns
	// the state that Check needs to judge the answer.
	Ask(Subject, Cred) (state []byte, _ mfa.Prompt, _ error)
	// Check judges an answer and returns the credential in the state to keep.
	// ErrWrong and ErrReplay are the two ways to say no; any other error means
	// that the credential cannot be read, which is no answer at all.
	Check(s Subject, c Cred, state []byte, answer string) (Cred, error)
}

// Resyncer is a Kind whose counter or clock can be brought back in step by two
// consecutive codes (RFC 4226 §7.4, RFC 6238 §6).
type Resyncer interface {
	Resync(s Subject, c Cred, first, second string) (Cred, error)
}

// Prober is a Kind that can tell, from one code, how far the owner's clock or
// counter is off. It looks much farther than Check does, so what it finds proves
// little and signs nobody in.
type Prober interface {
	// Probe returns what it found and the credential with the code spent.
	Probe(s Subject, c Cred, answer string) (Found, Cred, error)
}

// Found is where a code belongs.
type Found struct {
	Drift   time.Duration // how far the owner's clock is ahead; negative: behind
	Presses int           // how many codes the owner's counter is ahead
	InReach bool          // sign-in takes codes from there
}

// Counted is a Kind that holds several codes and can tell how many are left.
type Counted interface {
	Left(Cred) (int, error)
}

// All is the one list of kinds, in the order in which they are offered. To add
// a kind is to add its file and its entry here.
func All() []Kind {
	return []Kind{
		totp{},
		hotp{},
		backup{codes{kind: mfa.KindBackup, most: mfa.MaxBackupCodes}},
		recovery{codes{kind: mfa.KindRecovery, most: 1}},
		recovery{codes{kind: mfa.KindSetPassword, most: 1}},
	}
}
