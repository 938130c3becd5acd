-- PostgreSQL only: the text of 00004 is compared byte by byte, as in 00002.

-- +goose Up
alter table users alter boundary_arn type text collate "C";
alter table accounts alter alias type text collate "C";
alter table groups
    alter group_id type text collate "C",
    alter account_id type text collate "C",
    alter path type text collate "C",
    alter group_name type text collate "C",
    alter name_key type text collate "C";
alter table group_members
    alter group_id type text collate "C",
    alter user_id type text collate "C";
alter table roles
    alter role_id type text collate "C",
    alter account_id type text collate "C",
    alter path type text collate "C",
    alter role_name type text collate "C",
    alter name_key type text collate "C",
    alter description type text collate "C",
    alter trust_policy type text collate "C",
    alter boundary_arn type text collate "C",
    alter last_used_region type text collate "C";
alter table policies
    alter policy_id type text collate "C",
    alter account_id type text collate "C",
    alter path type text collate "C",
    alter policy_name type text collate "C",
    alter name_key type text collate "C",
    alter description type text collate "C";
alter table policy_versions
    alter policy_id type text collate "C",
    alter document type text collate "C";
alter table attached_policies
    alter entity_id type text collate "C",
    alter policy_arn type text collate "C",
    alter account_id type text collate "C";
alter table inline_policies
    alter entity_id type text collate "C",
    alter policy_name type text collate "C",
    alter document type text collate "C";
alter table login_profiles
    alter user_id type text collate "C",
    alter password_hash type text collate "C";
alter table former_passwords
    alter user_id type text collate "C",
    alter password_hash type text collate "C";
alter table password_policies
    alter account_id type text collate "C";
alter table oidc_providers
    alter provider_arn type text collate "C",
    alter account_id type text collate "C",
    alter url type text collate "C",
    alter client_ids type text collate "C",
    alter thumbprints type text collate "C";
alter table saml_providers
    alter provider_arn type text collate "C",
    alter account_id type text collate "C",
    alter provider_name type text collate "C",
    alter name_key type text collate "C",
    alter provider_uuid type text collate "C",
    alter metadata type text collate "C";
alter table credential_reports
    alter account_id type text collate "C";

-- +goose Down
select 1; -- the tables go in the migration before
