package sqlstore

const selectMeta = `SELECT value FROM meta WHERE name = $1`

var meta = table[string]{name: "meta", columns: "name, value"}

var texts = records[string]{scan: scanValue[string], copy: func(s string) string { return s }}

// Meta returns a value of the store itself.
func (t *tx) Meta(name string) (string, error) {
	return recallOne(t, texts, selectMeta, name)
}

// SetMeta keeps a value of the store itself.
func (t *tx) SetMeta(name, value string) error {
	_, err := t.exec(meta.statements().replace, name, value)
	if err == nil {
		t.conn.memory.drop(selectMeta, name)
	}
	return err
}
