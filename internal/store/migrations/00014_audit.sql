-- How far each audit log was written at some instant, for who checks later whether the end of one is missing. A log is what
-- one server has written into one place.

-- +goose Up
create table audit_logs (
    log        text   not null primary key,
    location   text   not null, -- host and path
    sequence   bigint not null, -- its last entry
    head       text   not null, -- the hash of that
    updated_at bigint not null
);

-- +goose Down
drop table audit_logs;
