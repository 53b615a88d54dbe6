package act

// Labels of what is derived from the keys besides the MACs of records. They differ from the labels of records.
const (
	macName        = "mfactl unknown name"
	macUnknownUser = "mfactl stranger's counter"
	macReply       = "mfactl kept answer"
	macKeyHash     = "mfactl idempotency key"
	tagMarkers     = "mfactl device marker"
	TagCodes       = "mfactl look-up code"
)
