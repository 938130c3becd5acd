-- PostgreSQL only: the text of 00016 is compared byte by byte, as in 00002.

-- +goose Up
alter table keysets
    alter instants type text collate "C";
alter table wrapped_sealing_keys
    alter kms_key type text collate "C";

-- +goose Down
select 1; -- the table and the column go in the migration before
