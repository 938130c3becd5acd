-- The generation in which an access key was inserted: what a process has to read to know of all keys that came since it looked.
-- Keys from before have 0.

-- +goose Up
alter table access_keys add column generation bigint not null default 0;
create index access_keys_by_generation on access_keys (generation, access_key_id);

-- +goose Down
drop index access_keys_by_generation;
alter table access_keys drop column generation;
