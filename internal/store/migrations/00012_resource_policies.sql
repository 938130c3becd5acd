-- Policies of the resources of other services, which the gateway stands in front of: of a bucket, by its name.

-- +goose Up
create table resource_policies (
    account_id text   not null references accounts (account_id),
    service    text   not null,
    resource   text   not null,
    document   text   not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (account_id, service, resource)
);

-- +goose Down
drop table resource_policies;
