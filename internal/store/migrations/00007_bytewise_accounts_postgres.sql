-- PostgreSQL only: the text of 00006 is compared byte by byte, as in 00002.

-- +goose Up
alter table accounts
    alter account_name type text collate "C",
    alter status type text collate "C";
alter table service_control_policies
    alter account_id type text collate "C",
    alter policy_name type text collate "C",
    alter document type text collate "C";
alter table session_revocations
    alter kind type text collate "C",
    alter subject type text collate "C";

-- +goose Down
select 1; -- the tables go in the migration before
