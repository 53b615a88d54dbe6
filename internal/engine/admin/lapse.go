package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// basis is what a request was judged by when it was filed, each as a hash: when one of them
// has changed, the request lapses.
type basis struct {
	Target    string `json:"target"`
	Role      string `json:"role"`
	Community string `json:"community"`
	Rules     string `json:"rules"`
	Requester string `json:"requester"`
}

// basisOf returns the basis of a request about an account, as it is now.
func basisOf(a *act.Act, u, requester *act.Account) (string, error) {
	mine, err := a.Read.Lineage(u.CommunityID)
	if err != nil {
		return "", err
	}
	theirs, err := a.Read.Lineage(requester.CommunityID)
	if err != nil {
		return "", err
	}
	asker, err := a.AccountByID(requester.ID, false) // without the bounds of a token
	if err != nil {
		return "", err
	}
	b := basis{
		Target:    hashed(u.Email, u.Status, u.State, u.ResetAt, u.PasswordResetAt),
		Role:      hashed(u.Role, u.Grant.Everywhere, u.Grant.Permissions),
		Community: hashed(idsOf(mine.Communities)),
		Rules:     hashed(u.Policy),
		Requester: hashed(asker.Role, asker.Grant.Everywhere, asker.Grant.Permissions, idsOf(theirs.Communities)),
	}
	text, err := json.Marshal(b)
	if err != nil {
		return "", mfa.Fault(err)
	}
	return string(text), nil
}

func idsOf(line []mfa.Community) (out []string) {
	for _, c := range line {
		out = append(out, c.ID)
	}
	return out
}

func hashed(values ...any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return err.Error() // the values are plain data
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// lapsedText begins what is said of a request that has lapsed, before the reason.
const lapsedText = "the request has lapsed: "

func lapsed(code mfa.Code, reason string, args ...any) *mfa.Error {
	return mfa.Errorf(code, lapsedText+reason, args...)
}

// still finds the target and the requester of a request that waits, and refuses one that has
// lapsed. hold says that the target is about to be written. The target comes also with a
// refusal, once it was found.
func still(a *act.Act, request mfa.Request, hold bool) (u, asker *act.Account, _ error) {
	u, err := targetOf(a, request, hold)
	switch {
	case errors.Is(err, mfa.NotFound):
		return nil, nil, lapsed(mfa.Conflict, "%s is gone", request.Target)
	case err != nil:
		return nil, nil, err
	case u.CommunityID != request.CommunityID:
		return u, nil, lapsed(mfa.Conflict, "%s has moved to another community since", request.Target)
	}
	if asker, err = requester(a, request, u); err != nil {
		return u, nil, err
	}
	return u, asker, unchanged(a, request, u, asker)
}

// lapse says why a request that waits has lapsed, empty if it has not. Where a record that it
// depends on is damaged, an approval says so.
func lapse(a *act.Act, request mfa.Request) (string, error) {
	_, _, err := still(a, request, false)
	if err == nil {
		return "", nil
	}
	if reason, has := strings.CutPrefix(mfa.AsError(err).Message, lapsedText); has {
		return reason, nil
	}
	return "", ignoreDamage(err)
}

// unchanged refuses a request if what it was judged by has changed since it was filed.
// Requests of schema 6 and before say nothing of it, and are judged as things are now.
func unchanged(a *act.Act, request mfa.Request, u, requester *act.Account) error {
	if request.Basis == "" {
		return nil
	}
	now, err := basisOf(a, u, requester)
	if err != nil || now == request.Basis {
		return err
	}
	var was, is basis
	if err := json.Unmarshal([]byte(request.Basis), &was); err != nil {
		return mfa.Errorf(mfa.Damaged, "request %s cannot be read", request.ID).WithCause(err)
	}
	if err := json.Unmarshal([]byte(now), &is); err != nil {
		return mfa.Fault(err)
	}
	parts := []struct{ was, is, what string }{
		{was.Target, is.Target, "the account " + request.Target},
		{was.Role, is.Role, "the role of " + request.Target},
		{was.Community, is.Community, "the community of " + request.Target},
		{was.Rules, is.Rules, "the rules for " + request.Target},
		{was.Requester, is.Requester, "the authority of " + request.Requester},
	}
	i := slices.IndexFunc(parts, func(p struct{ was, is, what string }) bool { return p.was != p.is })
	if i < 0 {
		return nil // the same in another form
	}
	return lapsed(mfa.Conflict, "%s changed since it was filed", parts[i].what).
		WithHint("file it again: repeat the command with --request")
}
