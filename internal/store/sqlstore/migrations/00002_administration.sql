-- +goose Up

-- Rules and roles are a community's own, in its row and under its MAC: none of
-- them can go missing alone.
ALTER TABLE communities ADD COLUMN policy TEXT NOT NULL DEFAULT '{}';
ALTER TABLE communities ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';

ALTER TABLE users ADD COLUMN touched TEXT NOT NULL DEFAULT '[]';
CREATE INDEX users_by_role ON users (role, email);

ALTER TABLE events ADD COLUMN severity TEXT NOT NULL DEFAULT '';
CREATE INDEX events_by_time ON events (at);

-- What waits for a second person. An id sorts by time.
CREATE TABLE approvals (
	id TEXT COLLATE "C" PRIMARY KEY,
	community_id TEXT NOT NULL,
	act TEXT NOT NULL,
	target_id TEXT NOT NULL,
	target TEXT NOT NULL,
	new_code BOOLEAN NOT NULL,
	email TEXT NOT NULL,
	requester_id TEXT NOT NULL,
	requester TEXT NOT NULL,
	reason TEXT NOT NULL,
	status TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	decided_at BIGINT NOT NULL,
	decided_by TEXT NOT NULL,
	decider TEXT NOT NULL,
	answer TEXT NOT NULL,
	mac BYTEA NOT NULL,
	rev BIGINT NOT NULL
);
CREATE INDEX approvals_by_target ON approvals (target_id, id);
CREATE INDEX approvals_by_community ON approvals (community_id, id);
