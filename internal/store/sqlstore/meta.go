package sqlstore

const (
	selectMeta = `SELECT value FROM meta WHERE name = $1`
	putMeta    = `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`
)

var texts = records[string]{scan: scanValue[string], copy: copyText}

// Meta returns a value of the store itself.
func (t *tx) Meta(name string) (string, error) {
	return recallOne(t, texts, selectMeta, name)
}

// SetMeta keeps a value of the store itself.
func (t *tx) SetMeta(name, value string) error {
	_, err := t.exec(putMeta, name, value)
	if err == nil {
		t.conn.memory.drop(selectMeta, name)
	}
	return err
}
