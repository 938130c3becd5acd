-- PostgreSQL only. Text is compared byte by byte there too, as SQLite does, whatever the collation of the database:
-- identifiers, ranges and pages must not depend on a language.

-- +goose Up
alter table accounts
    alter account_id type text collate "C";
alter table keysets
    alter purpose type text collate "C";
alter table users
    alter user_id type text collate "C",
    alter account_id type text collate "C",
    alter path type text collate "C",
    alter user_name type text collate "C",
    alter name_key type text collate "C";
alter table access_keys
    alter access_key_id type text collate "C",
    alter account_id type text collate "C",
    alter user_id type text collate "C",
    alter status type text collate "C",
    alter last_used_service type text collate "C",
    alter last_used_region type text collate "C";
alter table mfa_devices
    alter serial_number type text collate "C",
    alter account_id type text collate "C",
    alter user_id type text collate "C",
    alter kind type text collate "C",
    alter algorithm type text collate "C",
    alter path type text collate "C",
    alter device_name type text collate "C",
    alter name_key type text collate "C";
alter table tags
    alter resource_id type text collate "C",
    alter tag_key type text collate "C",
    alter tag_value type text collate "C";

-- +goose Down
select 1; -- the tables go in the migration before
