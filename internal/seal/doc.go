// Package seal keeps secrets secret: it holds the keys of an installation,
// seals what a store must keep but not know, proves that a record was not
// changed behind the program's back, and hashes passwords.
//
// # What it is for
//
// A store keeps the seed of an authenticator app, the tags of backup codes and
// the rows that decide access. An attacker who reads the database without the key
// file must learn no seed and no code; one who writes it without the key file must
// not be able to promote anyone, move a secret to another row, or switch a
// second factor off. [Keyring] does both. [Hasher] does the one thing that
// must work without a key, passwords. [ClientKey] seals an answer under a key
// that only the client has, so that a repeated call can be answered again but
// the database alone, with or without the key file, does not give it away.
//
// # What it must never do
//
//   - Return an empty secret. What does not open is an error (mfa.Damaged),
//     and nothing empty is ever sealed: an authenticator accepts the code of an
//     empty key, so "could not decrypt" must never look like one.
//   - Log, print or put into an error any key, plaintext or password. A Keyring
//     shows itself as "[redacted]" to fmt, log/slog and encoding/json.
//   - Read a clock, a database, the network or the environment, or keep state
//     of its own beside what its caller holds.
//   - Write over a key file. A lost key is a lost store.
//
// # Cryptographic inventory
//
// (OWASP ASVS 5.0 §11.1.2 asks for one.)
//
//   - Sealed values: AES-256-GCM with a random 96-bit nonce (RFC 5116 §5.2,
//     NIST SP 800-38D §8.2.2), key id in front, [Binding] as associated data.
//     One key seals at most 2^32 values; rotate long before.
//   - MACs of records and tags of look-up codes: HMAC-SHA-256 (RFC 2104), 256-bit
//     key, 256-bit tag, key id in front, a label joined to the data.
//   - Answers kept for a repeated call: HKDF-SHA-256 (RFC 5869) of the client's
//     key with one label per purpose; then AES-256-GCM, or HMAC-SHA-256 for the
//     fingerprint of the request.
//   - Passwords: argon2id (RFC 9106), version 19, m=47104 KiB, t=1, p=1, 16-byte
//     salt, 32-byte tag (OWASP ASVS 5.0 §11.4.2 and appendix C; NIST SP 800-63B §3.1.1.2).
//   - Key file: SHA-256 over its keys, against damage, not against an attacker.
//   - Randomness: crypto/rand, and nothing else.
//
// # The key file
//
// It holds two keysets in the JSON format of Tink, and sealed values and MACs
// have the wire format of Tink, so that an independent, reviewed implementation
// can read everything this package writes; the tests prove it in both
// directions. Tink itself is not linked: registering its protocol buffers would
// cost a third of the start of a program that most often runs for milliseconds.
package seal
