package mfa

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxBlocklist is how many bytes a list of refused passwords has at most: some 3,000 of them.
// The list fits into the body of a request, even if each of its characters is escaped.
const MaxBlocklist = 30 << 10

// Blocklist names a list of refused passwords. A policy holds the name, under the MAC of its
// community, and the store keeps the text beside it.
type Blocklist struct {
	Count  int    // passwords in it
	Digest string // SHA-256 of the text, in hexadecimal
}

// BlocklistOf names the list of a text, one password a line; false if it has none, is too long,
// or is not UTF-8.
func BlocklistOf(text string) (Blocklist, bool) {
	if len(text) > MaxBlocklist || !utf8.ValidString(text) {
		return Blocklist{}, false
	}
	sum := sha256.Sum256([]byte(text))
	b := Blocklist{Count: len(RefusedPasswords(text)), Digest: hex.EncodeToString(sum[:])}
	return b, b.Count > 0
}

// RefusedPasswords returns the lines of a list, without those that are empty.
func RefusedPasswords(text string) []string {
	var out []string
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		if line = strings.TrimSuffix(line, "\r"); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out
}

// String is the list's name as the policy holds it.
func (b Blocklist) String() string { return strconv.Itoa(b.Count) + ":" + b.Digest }

// Words is the list's name for people. The beginning of the digest is what sha256sum shows for
// the file that the list was read from.
func (b Blocklist) Words() string {
	return fmt.Sprintf("%d refused (sha256 %.16s)", b.Count, b.Digest)
}

// Blocklists reads the value of the rule password_blocklist: one list, or of a line of
// communities the lists of all.
func Blocklists(value string) (out []Blocklist) {
	for _, one := range split(value) {
		n, digest, _ := strings.Cut(one, ":")
		out = append(out, Blocklist{Count: count(n), Digest: digest})
	}
	return out
}

// union keeps what stands in either of two lists.
func union(a, b string) string {
	all := append(split(a), split(b)...)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ",")
}
