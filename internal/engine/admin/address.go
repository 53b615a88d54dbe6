package admin

import (
	"github.com/mfactl/mfactl/internal/act"
	"github.com/mfactl/mfactl/internal/mfa"
)

// requireNewLook refuses a new address that mixes scripts, or that looks like one that
// exists: people tell addresses apart by how they look. The other one is named to callers
// who may read its user. except is the id of a user whose own address does not count.
func requireNewLook(a *act.Act, address, except string) error {
	if err := act.CheckScripts(address); err != nil {
		return err
	}
	other, err := a.Read.LookAlike(address, except)
	if err != nil || other == nil {
		return err
	}
	text := "the address looks like one that exists"
	named := a.Actor == nil // break-glass, of a person who can read the whole store
	if !named && mayName(a) {
		if named, err = a.Reaches(other.CommunityID); err != nil {
			return err
		}
	}
	if named {
		text = "the address looks like " + other.Email + ", which exists"
	}
	return mfa.Errorf(mfa.Conflict, "%s", text).WithHint("choose an address that people cannot take for another")
}
