package act

import (
	"encoding/base64"
	"slices"
	"time"

	"github.com/mfactl/mfactl/internal/mfa"
	"github.com/mfactl/mfactl/internal/records"
	"github.com/mfactl/mfactl/internal/throttle"
)

// A device marker has password counters of its own, so that a stranger who knows an address
// cannot lock its owner out (OWASP, device cookies). It proves nothing else.

// payingMarker returns the tag of the device marker whose counter pays for an attempt: at
// sign-in the one that the call brings, in a session the one that the session was opened with.
// It is empty without a marker, and for one that belongs to another account or store, or has
// ended: then the account's own counter pays. The work at sign-in is the same for each of
// these, and for an unknown address, which has no account.
func payingMarker(a *Act, u *Account) (tag string) {
	var markers []mfa.DeviceMarker
	var id string
	if u != nil {
		markers, id = u.Markers, u.ID
	}
	if len(a.Rule.Levels) > 0 {
		if i := markerAt(markers, a.Device); i >= 0 && isLive(markers[i], a.Now) {
			tag = a.Device
		}
		return tag
	}
	data, tagger := markerData(a, id, a.spec.Marker), a.Runner.Keys.Tagger(tagMarkers)
	none := mfa.DeviceMarker{Tag: markerTag(tagger.Tag(nil))}
	for i := range mfa.MaxDeviceMarkers {
		m := none
		if i < len(markers) {
			m = markers[i]
		}
		if raw, _ := base64.RawStdEncoding.DecodeString(m.Tag); tagger.VerifyTag(data, raw) && isLive(m, a.Now) {
			tag = m.Tag
		}
	}
	return tag
}

// markerData is what the tag of a device marker is over: the marker, the account and the store.
func markerData(a *Act, userID string, marker mfa.Secret) []byte {
	prefix, hash, _ := ParseBearer(marker)
	if prefix != mfa.MarkerPrefix {
		hash = ""
	}
	out := records.AppendField(nil, "instance", []byte(a.Read.Instance()))
	out = records.AppendField(out, "user", []byte(userID))
	return records.AppendField(out, "marker", []byte(hash))
}

// markerTag is the text of a tag.
func markerTag(tag []byte) string { return base64.RawStdEncoding.EncodeToString(tag) }

// isLive reports whether a marker may still be used.
func isLive(m mfa.DeviceMarker, now time.Time) bool {
	return now.Before(m.EndsAt) && !throttle.EndsMarker(m.Attempts)
}

// markerAt returns where a marker is in a list, by its tag; -1 if it is not there.
func markerAt(markers []mfa.DeviceMarker, tag string) int {
	return slices.IndexFunc(markers, func(m mfa.DeviceMarker) bool { return tag != "" && m.Tag == tag })
}

// passwordCounter returns the counter of wrong passwords that an attempt pays: that of the
// device marker of a tag, or without one the account's. It is nil if the marker has ended.
func passwordCounter(u *mfa.User, tag string) *mfa.Attempts {
	if tag == "" {
		return &u.Password
	}
	i := markerAt(u.Markers, tag)
	if i < 0 {
		return nil
	}
	u.Markers = slices.Clone(u.Markers) // what was read may be read again
	return &u.Markers[i].Attempts
}

// dropSpentMarkers removes the device markers that wrong passwords have ended. It reports
// whether there was one.
func dropSpentMarkers(u *mfa.User) bool {
	before := len(u.Markers)
	u.Markers = slices.DeleteFunc(slices.Clone(u.Markers), func(m mfa.DeviceMarker) bool { return throttle.EndsMarker(m.Attempts) })
	return len(u.Markers) < before
}

// RememberDevice makes the session that is opened next one of the caller's device. If the
// sign-in brought a device marker of the account, its time begins again, and a count of 100
// wrong passwords, which strangers may have reached, is cleared. Otherwise it returns a new
// marker, which takes the place of the one that was not used for longest if there are too
// many. The caller writes the account.
func RememberDevice(a *Act, u *Account) (marker mfa.Secret) {
	end := a.Now.Add(mfa.DeviceMarkerTTL)
	if i := markerAt(u.Markers, a.Device); i >= 0 && isLive(u.Markers[i], a.Now) {
		u.Markers = slices.Clone(u.Markers)
		u.Markers[i].EndsAt = end
		if throttle.Exhausted(u.Password) {
			u.Password, _ = throttle.UnlockPassword(u.Password, a.Now)
			a.Record(Event{Action: mfa.ActAuthUnlock, User: u, Note: "cleared: " + mfa.ExhaustedPassword + ", by a sign-in with a device marker"})
		}
		return mfa.Secret{}
	}
	marker, _ = a.NewBearer(mfa.MarkerPrefix)
	m := mfa.DeviceMarker{Tag: markerTag(a.Runner.Keys.Tagger(tagMarkers).Tag(markerData(a, u.ID, marker))), EndsAt: end}
	kept := slices.DeleteFunc(slices.Clone(u.Markers), func(m mfa.DeviceMarker) bool { return !isLive(m, a.Now) })
	slices.SortStableFunc(kept, func(x, y mfa.DeviceMarker) int { return x.EndsAt.Compare(y.EndsAt) })
	kept = kept[max(0, len(kept)-mfa.MaxDeviceMarkers+1):]
	u.Markers, a.Device = append(kept, m), m.Tag
	return marker
}
