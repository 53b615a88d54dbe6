package mfa

// Migrated tells what became of the schema of a store. It is for whoever opens
// the store directly, so it is no part of [Service].
type Migrated struct {
	Store   string `json:"store"`
	From    int    `json:"from"` // version of the schema before
	To      int    `json:"to"`   // the newest that this program knows
	Changed bool   `json:"changed"`
	DryRun  bool   `json:"dry_run,omitempty"`
}
