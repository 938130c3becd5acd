-- name: InsertUser :exec
insert into users (user_id, account_id, path, user_name, name_key, created_at, boundary_arn)
values ($1, $2, $3, $4, $5, $6, $7);

-- name: User :one
select * from users where user_id = $1;

-- name: UserByName :one
select * from users where account_id = $1 and name_key = $2;

-- The page of users after a name, whose path is in [path_from, path_to).
-- name: Users :many
select * from users
where account_id = sqlc.arg(account_id) and name_key > sqlc.arg(after_name_key)
  and path >= sqlc.arg(path_from) and path < sqlc.arg(path_to)
order by name_key
limit sqlc.arg(max_items);

-- name: CountUsers :one
select count(*) from users where account_id = $1;

-- name: RenameUser :execrows
update users set path = $2, user_name = $3, name_key = $4 where user_id = $1;

-- name: SetUserBoundary :execrows
update users set boundary_arn = $2 where user_id = $1;

-- name: DeleteUser :execrows
delete from users where user_id = $1;
