-- The transaction makes the generation that which it is inserted in.
-- name: insertAccessKey :exec
insert into access_keys (access_key_id, account_id, user_id, status, sealed_secret, created_at, generation)
values ($1, $2, $3, $4, $5, $6, (select g.generation + 1 from generations g));

-- name: AccessKey :one
select * from access_keys where access_key_id = $1;

-- The empty text takes the affinity of the cast away: with it, SQLite would look for the generation alone, and pass over all pages before.
-- name: accessKeyIDs :many
select access_key_id, generation from access_keys
where (generation, access_key_id) > (sqlc.arg(after_generation), cast(sqlc.arg(after_access_key_id) as text) || '')
order by generation, access_key_id
limit sqlc.arg(max_items);

-- name: UserAccessKeys :many
select * from access_keys where user_id = $1 order by created_at, access_key_id;

-- name: RootAccessKeys :many
select * from access_keys where account_id = $1 and user_id is null order by created_at, access_key_id;

-- Of every user of an account, and of root.
-- name: AccountAccessKeys :many
select * from access_keys where account_id = $1 order by created_at, access_key_id;

-- name: SetAccessKeyStatus :execrows
update access_keys set status = $2 where access_key_id = $1;

-- name: DeleteAccessKey :execrows
delete from access_keys where access_key_id = $1;

-- name: touchAccessKey :exec
update access_keys set last_used_at = $2, last_used_service = $3, last_used_region = $4
where access_key_id = $1 and last_used_at < $2;
