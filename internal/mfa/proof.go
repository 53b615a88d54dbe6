package mfa

// Proof tells that the MAC of a record was verified. A store that holds a record in
// memory hands the same proof out with every copy of it, so that what was verified once
// is not verified again until it is written or read anew. It is no part of the record: no
// database holds it and no MAC covers it. No proof at all proves nothing.
type Proof struct{ given bool }

// Holds reports whether the record was verified.
func (p *Proof) Holds() bool { return p != nil && p.given }

// Give says that the record was verified, as it was read, or signed, as it was written.
func (p *Proof) Give() {
	if p != nil {
		p.given = true
	}
}
