-- PostgreSQL only: the text of 00010 is compared byte by byte, as in 00002.

-- +goose Up
alter table delegation_requests
    alter request_id type text collate "C",
    alter requestor_account type text collate "C",
    alter workflow_id type text collate "C",
    alter description type text collate "C",
    alter request_message type text collate "C",
    alter redirect_to type text collate "C",
    alter template_arn type text collate "C",
    alter parameters type text collate "C",
    alter permission_policy type text collate "C",
    alter owner_account type text collate "C",
    alter owner_id type text collate "C",
    alter owner_arn type text collate "C",
    alter approver_id type text collate "C",
    alter approver_arn type text collate "C",
    alter approver_key_id type text collate "C",
    alter approver_source_identity type text collate "C",
    alter notes type text collate "C",
    alter rejection_reason type text collate "C",
    alter state type text collate "C";

-- +goose Down
select 1; -- the table goes in the migration before
