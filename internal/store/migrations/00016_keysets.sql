-- The life of the keys of a set. instants has a line for each key: its id, when it was made, from when on it seals, until when it
-- opens. It is empty while a set has the one key that it was made with, and is sealed along with the set, as version is, which
-- grows with each change of the keys.

-- +goose Up
alter table keysets add column version bigint not null default 0;
alter table keysets add column instants text not null default '';

-- The sealing key, wrapped by a key management service, where that is who keeps it.
create table wrapped_sealing_keys (
    id         bigint not null primary key check (id = 1),
    kms_key    text   not null,
    wrapped    bytea  not null,
    created_at bigint not null
);

-- +goose Down
drop table wrapped_sealing_keys;
alter table keysets drop column instants;
alter table keysets drop column version;
