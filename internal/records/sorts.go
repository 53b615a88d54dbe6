package records

// sort is one sort of record that carries a MAC.
type sort struct {
	name  string
	label string // of its MACs: a record of one sort never passes for one of another
}

// The sorts of records.
var (
	sortCommunity = sort{"community", "mfactl community"}
	sortUser      = sort{"user", "mfactl user"}
	sortFactor    = sort{"factor", "mfactl factor"}
	sortSession   = sort{"session", "mfactl session"}
	sortToken     = sort{"token", "mfactl API token"}
	sortEvent     = sort{"event", "mfactl event"}
	sortRequest   = sort{"request", "mfactl approval"}
	sortNotice    = sort{"notice", "mfactl notice"}
	sortFormer    = sort{"former account", "mfactl former account"}
	sortMark      = sort{"clock", "mfactl high-water mark"}
	sortKeyCopy   = sort{"key copy", "mfactl key copy"}
	sortRefusals  = sort{"refusals", "mfactl refusals"}
)

// macInstance is the label of the MAC that shows whether a key belongs to a store.
const macInstance = "mfactl instance"
