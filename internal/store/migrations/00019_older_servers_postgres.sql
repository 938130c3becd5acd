-- PostgreSQL only, where servers on several machines are updated one after the other: a key that one of before inserts has the
-- greatest generation, so that all others read its id each time. The keys that are there keep theirs.

-- +goose Up
alter table access_keys alter generation set default 9223372036854775807;

-- +goose Down
alter table access_keys alter generation set default 0;
