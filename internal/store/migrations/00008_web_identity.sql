-- Accounts as issuers of web identity tokens. Tokens and what relying parties have configured name the uuid: it stays when the
-- feature is disabled. enabled is 0 or 1.

-- +goose Up
create table web_identity_issuers (
    account_id  text   not null primary key references accounts (account_id),
    issuer_uuid text   not null unique,
    enabled     bigint not null,
    created_at  bigint not null
);

-- A key is published from its creation until published_until, 0 while it has no successor. It signs from signs_from on, until
-- a younger one does. algorithm is RS256 or ES384.
create table web_identity_keys (
    account_id      text   not null references web_identity_issuers (account_id),
    key_id          text   not null,
    algorithm       text   not null,
    sealed_key      bytea  not null,
    created_at      bigint not null,
    signs_from      bigint not null,
    published_until bigint not null default 0,
    primary key (account_id, key_id)
);

-- +goose Down
drop table web_identity_keys;
drop table web_identity_issuers;
