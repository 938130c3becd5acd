-- name: InsertGroup :exec
insert into groups (group_id, account_id, path, group_name, name_key, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: Group :one
select * from groups where group_id = $1;

-- name: GroupByName :one
select * from groups where account_id = $1 and name_key = $2;

-- The page of groups after a name, whose path is in [path_from, path_to).
-- name: Groups :many
select * from groups
where account_id = sqlc.arg(account_id) and name_key > sqlc.arg(after_name_key)
  and path >= sqlc.arg(path_from) and path < sqlc.arg(path_to)
order by name_key
limit sqlc.arg(max_items);

-- name: CountGroups :one
select count(*) from groups where account_id = $1;

-- name: RenameGroup :execrows
update groups set path = $2, group_name = $3, name_key = $4 where group_id = $1;

-- name: DeleteGroup :execrows
delete from groups where group_id = $1;

-- A user who is a member already stays one.
-- name: AddGroupMember :exec
insert into group_members (group_id, user_id) values ($1, $2) on conflict (group_id, user_id) do nothing;

-- name: RemoveGroupMember :execrows
delete from group_members where group_id = $1 and user_id = $2;

-- The page of a group's users after a name.
-- name: GroupUsers :many
select users.* from users join group_members on group_members.user_id = users.user_id
where group_members.group_id = sqlc.arg(group_id) and users.name_key > sqlc.arg(after_name_key)
order by users.name_key
limit sqlc.arg(max_items);

-- name: CountGroupUsers :one
select count(*) from group_members where group_id = $1;

-- All groups of a user, by name: there are ten at most.
-- name: UserGroups :many
select groups.* from groups join group_members on group_members.group_id = groups.group_id
where group_members.user_id = $1
order by groups.name_key;
