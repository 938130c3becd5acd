-- name: InsertAccount :exec
insert into accounts (account_id, created_at) values ($1, $2);

-- name: Account :one
select * from accounts where account_id = $1;

-- name: Accounts :many
select * from accounts order by account_id;

-- name: insertKeyset :execrows
insert into keysets (purpose, sealed, created_at) values ($1, $2, $3) on conflict (purpose) do nothing;

-- name: keysetFor :one
select * from keysets where purpose = $1;

-- name: InsertTag :exec
insert into tags (resource_id, tag_key, tag_value) values ($1, $2, $3);

-- name: Tags :many
select * from tags where resource_id = $1 order by tag_key;

-- name: DeleteTags :exec
delete from tags where resource_id = $1;

-- name: countKeysets :one
select count(*) from keysets;
