-- name: InsertTag :exec
insert into tags (resource_id, tag_key, tag_value) values ($1, $2, $3);

-- name: Tags :many
select * from tags where resource_id = $1 order by tag_key;

-- name: DeleteTag :execrows
delete from tags where resource_id = $1 and tag_key = $2;

-- name: DeleteTags :exec
delete from tags where resource_id = $1;
