package admin

import (
	"time"

	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// approvalsWith says of a new account that could approve requests from when it can, if no two
// people of its community are independent yet: until then nobody can approve what another asks
// for. It is empty where two are.
func approvalsWith(a *act.Act, u *act.Account) (string, error) {
	if u.Service || !u.Grant.Has(mfa.RequestsApprove) {
		return "", nil
	}
	all, err := act.HoldersOf(a, u.Community, mfa.RequestsApprove)
	if err != nil {
		return "", err
	}
	all = all[:min(len(all), maxPairs)]
	for i, one := range all {
		for _, other := range all[i+1:] {
			if one.ID == u.ID || other.ID == u.ID || one.State != mfa.StateOn || other.State != mfa.StateOn {
				continue
			}
			link, err := act.Link(a, []string{one.ID}, []string{other.ID})
			if err := ignoreDamage(err); err != nil {
				return "", err
			}
			if err == nil && link == "" {
				return "", nil
			}
		}
	}
	from := "from " + a.Now.Add(mfa.ControlTTL).Format(time.RFC3339) + " on, once they have 2FA on"
	if a.Actor != nil && act.Early(a.Actor, a.Now) {
		from = "once they have chosen their password by the code and turned on 2FA"
	}
	return "no two people of " + u.Community.Name + " are independent yet, so nobody can approve a request: " + u.Email +
		" could, " + from + "; until then the owner of the store can use --break-glass", nil
}

// maxPairs bounds how many people are compared with one another.
const maxPairs = 12
