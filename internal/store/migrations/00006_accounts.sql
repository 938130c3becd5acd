-- Several accounts, what bounds them, which sessions are ended, and which assertions were used.

-- +goose Up
alter table accounts add column account_name text not null default '';
alter table accounts add column management bigint not null default 0;
alter table accounts add column status text not null default 'Active';
alter table accounts add column root_credentials_management bigint not null default 0;
alter table accounts add column root_sessions bigint not null default 0;
update accounts set management = 1 where account_id = (select min(account_id) from accounts);
create unique index accounts_by_management on accounts (management) where management = 1;

create table service_control_policies (
    account_id  text   not null references accounts (account_id),
    policy_name text   not null,
    document    text   not null,
    created_at  bigint not null,
    updated_at  bigint not null,
    primary key (account_id, policy_name)
);
-- Every account but the management account has one at least.
insert into service_control_policies (account_id, policy_name, document, created_at, updated_at)
select account_id, 'FullAWSAccess', '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', created_at, created_at
from accounts where management = 0;

-- Sessions that were issued at issued_before or earlier are ended: those of the subject, which is a principal's unique id,
-- an access key id or an account id, as kind says. After expires_at none of them would live anyway.
create table session_revocations (
    kind          text   not null,
    subject       text   not null,
    issued_before bigint not null,
    created_at    bigint not null,
    expires_at    bigint not null,
    primary key (kind, subject)
);

-- assertion is a hash of the issuer and the assertion's id: both are a stranger's to choose, of any length.
create table assertion_uses (
    assertion  bytea  not null primary key,
    expires_at bigint not null
);

-- +goose Down
drop table assertion_uses;
drop table session_revocations;
drop table service_control_policies;
drop index accounts_by_management;
alter table accounts drop column root_sessions;
alter table accounts drop column root_credentials_management;
alter table accounts drop column status;
alter table accounts drop column management;
alter table accounts drop column account_name;
