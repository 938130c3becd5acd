-- name: PutResourcePolicy :exec
insert into resource_policies (account_id, service, resource, document, created_at, updated_at) values ($1, $2, $3, $4, $5, $6)
on conflict (account_id, service, resource) do update set document = excluded.document, updated_at = excluded.updated_at;

-- name: ResourcePolicy :one
select * from resource_policies where account_id = $1 and service = $2 and resource = $3;

-- name: ResourcePolicies :many
select * from resource_policies where account_id = $1 order by service, resource;

-- name: DeleteResourcePolicy :execrows
delete from resource_policies where account_id = $1 and service = $2 and resource = $3;
