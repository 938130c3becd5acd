-- name: InsertRole :exec
insert into roles (role_id, account_id, path, role_name, name_key, description, max_session_duration, trust_policy, boundary_arn, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: Role :one
select * from roles where role_id = $1;

-- name: RoleByName :one
select * from roles where account_id = $1 and name_key = $2;

-- The page of roles after a name, whose path is in [path_from, path_to).
-- name: Roles :many
select * from roles
where account_id = sqlc.arg(account_id) and name_key > sqlc.arg(after_name_key)
  and path >= sqlc.arg(path_from) and path < sqlc.arg(path_to)
order by name_key
limit sqlc.arg(max_items);

-- name: CountRoles :one
select count(*) from roles where account_id = $1;

-- name: UpdateRole :execrows
update roles set description = $2, max_session_duration = $3 where role_id = $1;

-- name: SetRoleTrustPolicy :execrows
update roles set trust_policy = $2 where role_id = $1;

-- name: SetRoleBoundary :execrows
update roles set boundary_arn = $2 where role_id = $1;

-- name: touchRole :exec
update roles set last_used_at = $2, last_used_region = $3 where role_id = $1 and last_used_at < $2;

-- name: DeleteRole :execrows
delete from roles where role_id = $1;
