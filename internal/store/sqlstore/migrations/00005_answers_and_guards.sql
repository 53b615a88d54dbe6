-- +goose Up

-- Kept answers have keyed names and are ordered by the period in which they were kept, so
-- that those whose time is over are the first rows. Answers kept under the old names, which
-- are valid for 10 minutes, cannot be found by the new ones.
DROP TABLE replies;
CREATE TABLE replies (
	period BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	sealed BYTEA NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (period, name)
); -- kept in the order of: period, name

-- Guards look for one user of a community who has a role, and stop at the first: however
-- many users the community has, and however many others have the role.
CREATE INDEX users_by_community_role ON users (community_id, role, email);
