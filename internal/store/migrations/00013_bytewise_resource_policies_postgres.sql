-- PostgreSQL only: the text of 00012 is compared byte by byte, as in 00002.

-- +goose Up
alter table resource_policies
    alter account_id type text collate "C",
    alter service type text collate "C",
    alter resource type text collate "C",
    alter document type text collate "C";

-- +goose Down
select 1; -- the table goes in the migration before
