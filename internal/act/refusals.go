package act

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
)

// Bounds of the events of refusals before sign-in: one client can make any number of them.
const (
	refusalsEach   = 10 // of a network and minute that have an event each
	refusalsPeriod = time.Minute
	maxNetworks    = 256 // counted apart in one minute; all others count as one
)

// otherNetworks stands for the networks beyond maxNetworks.
const otherNetworks = "other addresses"

// countRefusal counts a refusal before sign-in, and reports whether it has an event of its own.
// A refusal of a caller who is signed in has one, and so has any other of this host.
func countRefusal(a *Act, code mfa.Code) (own bool, _ error) {
	network := a.call.From.Network()
	if network == "" || !a.Rule.SignsIn() && code != mfa.Unauthenticated {
		return true, nil
	}
	counts, err := currentRefusals(a)
	if err != nil {
		return false, err
	}
	if _, known := counts.By[network]; !known && len(counts.By) >= maxNetworks {
		network = otherNetworks
	}
	n := counts.By[network]
	n.More += a.call.TurnedAway
	own = n.Told < refusalsEach || len(a.notices) > 0 // an event names the notices of its act
	if own {
		n.Told++
	} else {
		n.More++
	}
	counts.By[network] = n
	return own, a.Refusals.PutRefusals(counts)
}

// currentRefusals returns the counts of this minute. Those of an earlier one become events.
func currentRefusals(a *Act) (records.Refusals, error) {
	minute := a.Now.Truncate(refusalsPeriod)
	counts, err := a.Read.Refusals()
	switch {
	case errors.Is(err, mfa.Damaged):
		recordRefusals(a, "", "the counts of refusals were changed and are lost")
	case err != nil:
		return counts, err
	case counts.Minute.Equal(minute) && counts.By != nil:
		return counts, nil
	}
	for _, network := range slices.Sorted(maps.Keys(counts.By)) {
		if n := counts.By[network].More; n > 0 {
			recordRefusals(a, network, fmt.Sprintf("%s from %s in the minute from %s on",
				Counted(n, "more refusal"), network, counts.Minute.Format(time.RFC3339)))
		}
	}
	return records.Refusals{Minute: minute, By: map[string]records.Refused{}}, nil
}

// recordRefusals appends the one event of many refusals. Nobody is its actor, and the call that
// happens to write it has nothing to do with it.
func recordRefusals(a *Act, network, note string) {
	a.events = append(a.events, mfa.Event{
		At: a.Now, Action: mfa.ActRefusals, Outcome: mfa.OutcomeRefused, Code: mfa.Rejected,
		From: mfa.Provenance{Address: network}, Note: note,
	})
}

// tellRefusals writes the events of refusals whose minute is over.
func tellRefusals(a *Act) error {
	before, err := a.Read.Refusals()
	if err == nil && before.By == nil {
		return nil
	}
	counts, err := currentRefusals(a)
	if err != nil || counts.Minute.Equal(before.Minute) {
		return err
	}
	counts.By = nil
	if err := a.Refusals.PutRefusals(counts); err != nil {
		return err
	}
	return writeEvents(a)
}
