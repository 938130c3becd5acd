-- name: InsertAccount :exec
insert into accounts (account_id, created_at) values ($1, $2);

-- name: Account :one
select * from accounts where account_id = $1;

-- Empty is the alias of no account.
-- name: AccountByAlias :one
select * from accounts where alias = $1 and alias <> '';

-- name: SetAccountAlias :execrows
update accounts set alias = $2 where account_id = $1;

-- name: Accounts :many
select * from accounts order by account_id;

-- name: insertKeyset :execrows
insert into keysets (purpose, sealed, created_at) values ($1, $2, $3) on conflict (purpose) do nothing;

-- name: keysetFor :one
select * from keysets where purpose = $1;

-- name: countKeysets :one
select count(*) from keysets;

-- name: CredentialReport :one
select * from credential_reports where account_id = $1;

-- name: PutCredentialReport :exec
insert into credential_reports (account_id, content, generated_at) values ($1, $2, $3)
on conflict (account_id) do update set content = excluded.content, generated_at = excluded.generated_at;
