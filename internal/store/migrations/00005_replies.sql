-- +goose Up

-- Kept answers have keyed names and stand by the period in which they were kept, so that
-- those whose time is over are the first rows. Answers kept under the old names, which
-- live 10 minutes, cannot be found by the new ones.
DROP TABLE replies;
CREATE TABLE replies (
	period BIGINT NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	sealed BYTEA NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (period, name)
); -- kept in the order of: period, name
