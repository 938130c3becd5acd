-- PostgreSQL only: the text of 00008 is compared byte by byte, as in 00002.

-- +goose Up
alter table web_identity_issuers
    alter account_id type text collate "C",
    alter issuer_uuid type text collate "C";
alter table web_identity_keys
    alter account_id type text collate "C",
    alter key_id type text collate "C",
    alter algorithm type text collate "C";

-- +goose Down
select 1; -- the tables go in the migration before
