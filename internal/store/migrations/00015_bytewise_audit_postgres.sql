-- PostgreSQL only: the text of 00014 is compared byte by byte, as in 00002.

-- +goose Up
alter table audit_logs
    alter log type text collate "C",
    alter location type text collate "C",
    alter head type text collate "C";

-- +goose Down
select 1; -- the table goes in the migration before
