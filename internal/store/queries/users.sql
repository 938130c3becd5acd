-- name: InsertUser :exec
insert into users (user_id, account_id, path, user_name, name_key, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: User :one
select * from users where user_id = $1;

-- name: UserByName :one
select * from users where account_id = $1 and name_key = $2;

-- Keyset pagination: the page after name_key $2, whose path is in [$3, $4).
-- name: Users :many
select * from users
where account_id = $1 and name_key > $2 and path >= $3 and path < $4
order by name_key
limit $5;

-- name: CountUsers :one
select count(*) from users where account_id = $1;

-- name: DeleteUser :execrows
delete from users where user_id = $1;
