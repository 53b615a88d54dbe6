package mfa

import "strings"

// Kind names one sort of factor, its method.
type Kind string

// The kinds. Totp and HOTP are one-time passwords (RFC 6238, RFC 4226); backup
// and recovery codes are look-up secrets (NIST SP 800-63B §3.1.2) of the same
// form; a set-password code has that form too but is no factor: it only
// redeems a new password.
const (
	KindTOTP        Kind = "totp"
	KindHOTP        Kind = "hotp"
	KindBackup      Kind = "backup"
	KindRecovery    Kind = "recovery"
	KindSetPassword Kind = "set-password"
)

// KindClass says what the codes of a kind are.
type KindClass string

// The classes.
const (
	Possession   KindClass = "possession"    // an authenticator of the user, with a label
	LookUpSet    KindClass = "look-up set"   // a set of codes that the user keeps; the rule backup_codes says how many
	StandIn      KindClass = "stand-in"      // a code that an administrator hands over in place of a factor
	PasswordCode KindClass = "password code" // a code that only sets a password: no factor, and a reset leaves it
)

// AnswerForm is the form that the answers of a kind have. An answer that fits a kind of the
// look-up form counts for the attempts at codes, and every other for those at one-time
// passwords. A wrong answer raises that count, and a right one clears it.
type AnswerForm string

// The forms. A kind whose answers have another form has none of these.
const (
	FormDigits AnswerForm = "digits"  // 6 or 8 digits
	FormLookUp AnswerForm = "look-up" // 16 symbols
)

// KindInfo is one row of the table of kinds: what other code asks of a kind. What a kind
// does is in package factor.
type KindInfo struct {
	Name         Kind
	Class        KindClass
	Form         AnswerForm
	Enrolls      bool   // a user may enroll it, where the policy rule methods allows it
	SecondFactor bool   // signing in with it proves a second factor
	SignsIn      State  // the 2FA state in which it signs in; empty: it never does
	Counter      bool   // its codes follow a counter and not a clock
	Label        string // of a first factor without a name; empty: the name of the kind
	Prompt       string // what a person is asked for; empty: a code from the factor of a label
}

// Kinds is the one table of kinds, in the order in which they are offered.
func Kinds() []KindInfo {
	return []KindInfo{
		{Name: KindTOTP, Class: Possession, Form: FormDigits, Enrolls: true, SecondFactor: true, SignsIn: StateOn, Label: "phone"},
		{Name: KindHOTP, Class: Possession, Form: FormDigits, Enrolls: true, SecondFactor: true, SignsIn: StateOn, Counter: true},
		{Name: KindBackup, Class: LookUpSet, Form: FormLookUp, SecondFactor: true, SignsIn: StateOn, Prompt: "Backup code"},
		{Name: KindRecovery, Class: StandIn, Form: FormLookUp, SignsIn: StateRecovering, Prompt: "Recovery code"},
		{Name: KindSetPassword, Class: PasswordCode, Form: FormLookUp},
	}
}

// KindOf returns the row of a kind. One that is not in the table has an empty row.
func KindOf(name Kind) KindInfo {
	for _, k := range Kinds() {
		if k.Name == name {
			return k
		}
	}
	return KindInfo{}
}

// KindNames lists the kinds of a table of which something holds, with a word before the
// last one: "totp, hotp or backup".
func KindNames(table []KindInfo, word string, holds func(KindInfo) bool) string {
	names := kindsWhere(table, holds)
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + word + " " + names[last]
}

// MayEnroll reports whether a user may enroll a kind at all.
func MayEnroll(k KindInfo) bool { return k.Enrolls }

// MayVerify reports whether the codes of a kind sign in while 2FA is on, and so may be verified.
func MayVerify(k KindInfo) bool { return k.SignsIn == StateOn }

// MaySignIn reports whether the codes of a kind sign in, in whichever state.
func MaySignIn(k KindInfo) bool { return k.SignsIn != "" }

// kindsWhere returns the names of the kinds of which something holds.
func kindsWhere(table []KindInfo, holds func(KindInfo) bool) (names []string) {
	for _, k := range table {
		if holds(k) {
			names = append(names, string(k.Name))
		}
	}
	return names
}
