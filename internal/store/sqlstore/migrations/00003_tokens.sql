-- +goose Up

-- A service account has no password and no factor, only API tokens.
ALTER TABLE users ADD COLUMN service BOOLEAN NOT NULL DEFAULT FALSE;

-- API tokens. One that was replaced leaves its name to the one that replaced it.
CREATE TABLE tokens (
	hash TEXT PRIMARY KEY,
	id TEXT COLLATE "C" NOT NULL UNIQUE,
	user_id TEXT NOT NULL REFERENCES users (id),
	name TEXT NOT NULL,
	permissions TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT NOT NULL,
	expires_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	successor TEXT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX tokens_by_user ON tokens (user_id, id);
CREATE UNIQUE INDEX tokens_name ON tokens (user_id, name) WHERE successor = '';
CREATE INDEX tokens_by_end ON tokens (expires_at);

ALTER TABLE events ADD COLUMN token_id TEXT NOT NULL DEFAULT '';
