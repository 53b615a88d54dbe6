-- +goose Up

-- What every code writes, so each page counts. The answers stand in the order in which
-- they are found, and the transaction that keeps one removes the expired ones beside it. Right codes are
-- most of all events: who asks for them goes through all events and soon
-- has enough.
DROP INDEX events_by_action;
CREATE INDEX events_by_action ON events (action, seq) WHERE action <> 'otp.ok';

ALTER TABLE replies RENAME TO older_replies;
DROP INDEX replies_by_end;
CREATE TABLE replies (
	hash TEXT PRIMARY KEY,
	actor_id TEXT NOT NULL,
	method TEXT NOT NULL,
	fingerprint BYTEA NOT NULL,
	sealed BYTEA NOT NULL,
	at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
); -- kept in the order of: hash
INSERT INTO replies SELECT hash, actor_id, method, fingerprint, sealed, at, expires_at FROM older_replies;
DROP TABLE older_replies;
