-- +goose Up

-- Guards look for one user of a community who has a role, and stop at the first: however
-- many users the community has, and however many others have the role.
CREATE INDEX users_by_community_role ON users (community_id, role, email);
