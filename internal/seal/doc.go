// Package seal keeps what must not be read or changed by whoever holds the
// database alone: it seals secrets, makes and checks MACs, reads and writes the
// key file, and hashes passwords.
//
// # Keys
//
// An installation has one [Keyring] in one 0600 file outside the database. It
// holds two keysets, one to seal (AEAD) and one for MACs. Every sealed value and
// every MAC names its key by id, so that a key can be replaced while the old
// values still open. The file and the values are in the format of Tink
// (https://developers.google.com/tink): any Tink library reads them.
//
// # Inventory (OWASP ASVS 11.1.2)
//
//   - AES-256-GCM with random 96-bit nonces (RFC 5116) seals factor secrets. The
//     associated data binds a value to one [Place]: moved to another row, user
//     or database it does not open.
//   - HMAC-SHA-256 (RFC 2104) with 256-bit keys makes the MACs of records and
//     the tags that stand for look-up codes.
//   - HKDF-SHA-256 (RFC 5869) makes, of a key that a client drew, the keys that
//     seal and fingerprint the answer kept for that client's retry.
//   - Argon2id (RFC 9106) with 46 MiB, one pass and one lane hashes passwords.
//
// # What it must never do
//
// Return an empty secret for one that does not open, decide anything, log, or
// print a key: a Keyring shows as "[redacted]" wherever it is formatted.
package seal
