-- name: InsertAccount :exec
insert into accounts (account_id, created_at, account_name, management) values ($1, $2, $3, $4);

-- name: Account :one
select * from accounts where account_id = $1;

-- Empty is the alias of no account.
-- name: AccountByAlias :one
select * from accounts where alias = $1 and alias <> '';

-- name: SetAccountAlias :execrows
update accounts set alias = $2 where account_id = $1;

-- name: Accounts :many
select * from accounts order by account_id;

-- name: CountAccounts :one
select count(*) from accounts;

-- The account that the first start made.
-- name: ManagementAccount :one
select * from accounts where management = 1;

-- The management account is always active.
-- name: SetAccountStatus :execrows
update accounts set status = $2 where account_id = $1 and management = 0;

-- What the management account may do with the roots of the others.
-- name: SetRootAccess :execrows
update accounts set root_credentials_management = $2, root_sessions = $3 where account_id = $1 and management = 1;

-- name: PutServiceControlPolicy :exec
insert into service_control_policies (account_id, policy_name, document, created_at, updated_at) values ($1, $2, $3, $4, $5)
on conflict (account_id, policy_name) do update set document = excluded.document, updated_at = excluded.updated_at;

-- name: ServiceControlPolicy :one
select * from service_control_policies where account_id = $1 and policy_name = $2;

-- All of an account, by name: there are five at most.
-- name: ServiceControlPolicies :many
select * from service_control_policies where account_id = $1 order by policy_name;

-- name: DeleteServiceControlPolicy :execrows
delete from service_control_policies where account_id = $1 and policy_name = $2;

-- name: CredentialReport :one
select * from credential_reports where account_id = $1;

-- name: PutCredentialReport :exec
insert into credential_reports (account_id, content, generated_at) values ($1, $2, $3)
on conflict (account_id) do update set content = excluded.content, generated_at = excluded.generated_at;
