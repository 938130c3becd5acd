-- Requests of one account for temporary access to another.

-- +goose Up
create table delegation_requests (
    request_id        text   not null primary key,
    requestor_account text   not null references accounts (account_id),
    workflow_id       text   not null,
    description       text   not null,
    request_message   text   not null,
    redirect_to       text   not null,
    template_arn      text   not null,
    parameters        text   not null, -- JSON
    permission_policy text   not null, -- made of the two at creation: no later change of the template reaches it
    session_duration  bigint not null, -- seconds, from sent_at on
    only_send_by_owner bigint not null, -- 0 or 1
    -- Empty until they are known. The ids tell who it was from somebody who has the name later. That of an owner may be
    -- of a session, that of the approver is a user's or a role's.
    owner_account     text   not null,
    owner_id          text   not null default '',
    owner_arn         text   not null default '',
    approver_id       text   not null default '',
    approver_arn      text   not null default '',
    approver_key_id   text   not null default '', -- that began the session which accepted, or that accepted itself
    approver_source_identity text not null default '',
    notes             text   not null default '',
    rejection_reason  text   not null default '',
    state             text   not null,
    created_at        bigint not null,
    updated_at        bigint not null,
    expires_at        bigint not null,
    sent_at           bigint not null default 0,
    unique (requestor_account, workflow_id)
);
create index delegation_requests_by_owner on delegation_requests (owner_account, request_id);

-- +goose Down
drop table delegation_requests;
