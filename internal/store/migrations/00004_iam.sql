-- Groups, roles, policies, passwords and identity providers. Attachments, inline policies and tags go by the unique id of
-- the user, group, role or policy they belong to, which says what kind it is: one table serves all kinds.

-- +goose Up
alter table users add column boundary_arn text not null default '';
alter table accounts add column alias text not null default '';
create index users_by_boundary on users (account_id, boundary_arn) where boundary_arn <> '';
create unique index accounts_by_alias on accounts (alias) where alias <> '';

create table groups (
    group_id   text   not null primary key,
    account_id text   not null references accounts (account_id),
    path       text   not null,
    group_name text   not null,
    name_key   text   not null,
    created_at bigint not null,
    unique (account_id, name_key)
);

create table group_members (
    group_id text not null references groups (group_id),
    user_id  text not null references users (user_id),
    primary key (group_id, user_id)
);
create index group_members_by_user on group_members (user_id);

-- trust_policy holds unique ids where the client wrote ARNs of users and roles.
create table roles (
    role_id              text   not null primary key,
    account_id           text   not null references accounts (account_id),
    path                 text   not null,
    role_name            text   not null,
    name_key             text   not null,
    description          text   not null,
    max_session_duration bigint not null,
    trust_policy         text   not null,
    boundary_arn         text   not null,
    created_at           bigint not null,
    last_used_at         bigint not null default 0,
    last_used_region     text   not null default '',
    unique (account_id, name_key)
);
create index roles_by_boundary on roles (account_id, boundary_arn) where boundary_arn <> '';

-- The account's own managed policies. last_version is the highest version number ever given: none is given twice.
create table policies (
    policy_id       text   not null primary key,
    account_id      text   not null references accounts (account_id),
    path            text   not null,
    policy_name     text   not null,
    name_key        text   not null,
    description     text   not null,
    default_version bigint not null,
    last_version    bigint not null,
    created_at      bigint not null,
    updated_at      bigint not null,
    unique (account_id, name_key)
);

create table policy_versions (
    policy_id  text   not null references policies (policy_id),
    version    bigint not null,
    document   text   not null,
    created_at bigint not null,
    primary key (policy_id, version)
);

-- policy_arn is of one of the account's own policies, or of an AWS-managed one.
create table attached_policies (
    entity_id  text not null,
    policy_arn text not null,
    account_id text not null references accounts (account_id),
    primary key (entity_id, policy_arn)
);
create index attached_policies_by_policy on attached_policies (account_id, policy_arn);

create table inline_policies (
    entity_id   text not null,
    policy_name text not null,
    document    text not null,
    primary key (entity_id, policy_name)
);

-- password_hash is argon2id in its own text form. wrong_passwords and locked_until slow down whoever guesses the password.
create table login_profiles (
    user_id         text   not null primary key references users (user_id),
    password_hash   text   not null,
    reset_required  bigint not null,
    created_at      bigint not null,
    changed_at      bigint not null,
    wrong_passwords bigint not null default 0,
    locked_until    bigint not null default 0
);

-- The passwords a user had before, for the rule against using one again.
create table former_passwords (
    user_id       text   not null references users (user_id),
    password_hash text   not null,
    changed_at    bigint not null,
    primary key (user_id, changed_at)
);

-- Booleans are 0 and 1; max_age and reuse_prevention are 0 when the policy has no such rule, hard_expiry is -1 when it says
-- nothing of that.
create table password_policies (
    account_id         text   not null primary key references accounts (account_id),
    minimum_length     bigint not null,
    require_symbols    bigint not null,
    require_numbers    bigint not null,
    require_uppercase  bigint not null,
    require_lowercase  bigint not null,
    allow_users_change bigint not null,
    max_age            bigint not null,
    reuse_prevention   bigint not null,
    hard_expiry        bigint not null
);

-- client_ids and thumbprints are arrays of strings in JSON.
create table oidc_providers (
    provider_arn text   not null primary key,
    account_id   text   not null references accounts (account_id),
    url          text   not null,
    client_ids   text   not null,
    thumbprints  text   not null,
    created_at   bigint not null
);
create index oidc_providers_by_account on oidc_providers (account_id);

create table saml_providers (
    provider_arn  text   not null primary key,
    account_id    text   not null references accounts (account_id),
    provider_name text   not null,
    name_key      text   not null,
    provider_uuid text   not null,
    metadata      text   not null,
    created_at    bigint not null,
    valid_until   bigint not null,
    unique (account_id, name_key)
);

create table credential_reports (
    account_id   text   not null primary key references accounts (account_id),
    content      bytea  not null,
    generated_at bigint not null
);

-- +goose Down
drop table credential_reports;
drop table saml_providers;
drop table oidc_providers;
drop table password_policies;
drop table former_passwords;
drop table login_profiles;
drop table inline_policies;
drop table attached_policies;
drop table policy_versions;
drop table policies;
drop table roles;
drop table group_members;
drop table groups;
drop index accounts_by_alias;
drop index users_by_boundary;
alter table accounts drop column alias;
alter table users drop column boundary_arn;
