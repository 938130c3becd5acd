-- +goose Up
-- One text for SQLite and PostgreSQL: text, bigint and bytea only; times are microseconds since 1970 in UTC, 0 is never.
-- Names are unique ignoring case: name_key is the name folded in Go, so that both databases fold alike.

create table accounts (
    account_id text   not null primary key,
    created_at bigint not null
);

-- Each key set seals one purpose (session tokens, secrets at rest). A set is itself sealed by the sealing key.
create table keysets (
    purpose    text   not null primary key,
    sealed     bytea  not null,
    created_at bigint not null
);

create table users (
    user_id    text   not null primary key,
    account_id text   not null references accounts (account_id),
    path       text   not null,
    user_name  text   not null,
    name_key   text   not null,
    created_at bigint not null,
    unique (account_id, name_key)
);

-- user_id is null for a key of the account's root.
create table access_keys (
    access_key_id     text   not null primary key,
    account_id        text   not null references accounts (account_id),
    user_id           text   references users (user_id),
    status            text   not null,
    sealed_secret     bytea  not null,
    created_at        bigint not null,
    last_used_at      bigint not null default 0,
    last_used_service text   not null default '',
    last_used_region  text   not null default ''
);
create index access_keys_by_user on access_keys (account_id, user_id);

-- kind is virtual or hardware, algorithm totp or hotp. name_key is unique among the virtual devices of an account and
-- is the folded serial number of a hardware device. last_step is the highest time step (totp) or counter (hotp) that a
-- code was accepted for: no code of that step or an older one is accepted again. drift is the device's clock against
-- ours, in steps.
create table mfa_devices (
    serial_number text   not null primary key,
    account_id    text   not null references accounts (account_id),
    user_id       text   references users (user_id),
    kind          text   not null,
    algorithm     text   not null,
    path          text   not null,
    device_name   text   not null,
    name_key      text   not null,
    sealed_seed   bytea  not null,
    created_at    bigint not null,
    enabled_at    bigint not null default 0,
    last_step     bigint not null default -1,
    drift         bigint not null default 0,
    wrong_codes   bigint not null default 0,
    locked_until  bigint not null default 0,
    unique (account_id, kind, name_key)
);
create index mfa_devices_by_user on mfa_devices (user_id);

-- Tags of any resource, by the resource's unique id (users) or serial number (MFA devices).
create table tags (
    resource_id text   not null,
    tag_key     text   not null,
    tag_value   text   not null,
    primary key (resource_id, tag_key)
);

-- +goose Down
drop table tags;
drop table mfa_devices;
drop table access_keys;
drop table users;
drop table keysets;
drop table accounts;
