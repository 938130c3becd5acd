-- name: InsertPolicy :exec
insert into policies (policy_id, account_id, path, policy_name, name_key, description, default_version, last_version, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: PolicyByName :one
select * from policies where account_id = $1 and name_key = $2;

-- The page of an account's own policies after a name, whose path is in [path_from, path_to).
-- name: Policies :many
select * from policies
where account_id = sqlc.arg(account_id) and name_key > sqlc.arg(after_name_key)
  and path >= sqlc.arg(path_from) and path < sqlc.arg(path_to)
order by name_key
limit sqlc.arg(max_items);

-- name: CountPolicies :one
select count(*) from policies where account_id = $1;

-- name: CountPolicyVersionsInUse :one
select count(*) from policy_versions join policies on policies.policy_id = policy_versions.policy_id
where policies.account_id = $1;

-- name: UpdatePolicy :execrows
update policies set default_version = $2, last_version = $3, updated_at = $4 where policy_id = $1;

-- name: DeletePolicy :execrows
delete from policies where policy_id = $1;

-- name: InsertPolicyVersion :exec
insert into policy_versions (policy_id, version, document, created_at) values ($1, $2, $3, $4);

-- name: PolicyVersion :one
select * from policy_versions where policy_id = $1 and version = $2;

-- All versions of a policy, newest first: there are five at most.
-- name: PolicyVersions :many
select * from policy_versions where policy_id = $1 order by version desc;

-- name: DeletePolicyVersion :execrows
delete from policy_versions where policy_id = $1 and version = $2;

-- name: DeletePolicyVersions :exec
delete from policy_versions where policy_id = $1;

-- What is attached already stays attached.
-- name: AttachPolicy :exec
insert into attached_policies (entity_id, policy_arn, account_id) values ($1, $2, $3) on conflict (entity_id, policy_arn) do nothing;

-- name: DetachPolicy :execrows
delete from attached_policies where entity_id = $1 and policy_arn = $2;

-- All policies attached to a user, group or role: there are ten at most.
-- name: AttachedPolicies :many
select policy_arn from attached_policies where entity_id = $1 order by policy_arn;

-- How often each policy is attached in an account.
-- name: CountAttachments :many
select policy_arn, count(*) as attachments from attached_policies where account_id = $1 group by policy_arn;

-- name: CountPolicyAttachments :one
select count(*) from attached_policies where account_id = $1 and policy_arn = $2;

-- How often each policy is used as a permissions boundary in an account.
-- name: CountBoundaries :many
select boundary_arn, count(*) as uses from (
    select users.boundary_arn from users where users.account_id = sqlc.arg(account_id) and users.boundary_arn <> ''
    union all
    select roles.boundary_arn from roles where roles.account_id = sqlc.arg(account_id) and roles.boundary_arn <> ''
) as boundaries
group by boundary_arn;

-- How often one policy is used as a permissions boundary in an account.
-- name: CountPolicyBoundaries :one
select count(*) from (
    select users.user_id from users
    where users.account_id = sqlc.arg(account_id) and users.boundary_arn <> '' and users.boundary_arn = sqlc.arg(boundary_arn)
    union all
    select roles.role_id from roles
    where roles.account_id = sqlc.arg(account_id) and roles.boundary_arn <> '' and roles.boundary_arn = sqlc.arg(boundary_arn)
) as bounded;

-- The page of users after a name that one policy is attached to or another bounds, whose path is in [path_from, path_to).
-- Empty is the ARN of no policy.
-- name: PolicyUsers :many
select * from users
where users.account_id = sqlc.arg(account_id) and users.name_key > sqlc.arg(after_name_key)
  and users.path >= sqlc.arg(path_from) and users.path < sqlc.arg(path_to)
  and (users.user_id in (
          select attached_policies.entity_id from attached_policies
          where attached_policies.account_id = sqlc.arg(account_id) and attached_policies.policy_arn = sqlc.arg(attached_arn))
       or users.boundary_arn <> '' and users.boundary_arn = sqlc.arg(boundary_arn))
order by users.name_key
limit sqlc.arg(max_items);

-- name: PolicyRoles :many
select * from roles
where roles.account_id = sqlc.arg(account_id) and roles.name_key > sqlc.arg(after_name_key)
  and roles.path >= sqlc.arg(path_from) and roles.path < sqlc.arg(path_to)
  and (roles.role_id in (
          select attached_policies.entity_id from attached_policies
          where attached_policies.account_id = sqlc.arg(account_id) and attached_policies.policy_arn = sqlc.arg(attached_arn))
       or roles.boundary_arn <> '' and roles.boundary_arn = sqlc.arg(boundary_arn))
order by roles.name_key
limit sqlc.arg(max_items);

-- Groups have no boundary.
-- name: PolicyGroups :many
select * from groups
where groups.account_id = sqlc.arg(account_id) and groups.name_key > sqlc.arg(after_name_key)
  and groups.path >= sqlc.arg(path_from) and groups.path < sqlc.arg(path_to)
  and groups.group_id in (
          select attached_policies.entity_id from attached_policies
          where attached_policies.account_id = sqlc.arg(account_id) and attached_policies.policy_arn = sqlc.arg(attached_arn))
order by groups.name_key
limit sqlc.arg(max_items);

-- name: PutInlinePolicy :exec
insert into inline_policies (entity_id, policy_name, document) values ($1, $2, $3)
on conflict (entity_id, policy_name) do update set document = excluded.document;

-- name: InlinePolicy :one
select * from inline_policies where entity_id = $1 and policy_name = $2;

-- All inline policies of a user, group or role, by name.
-- name: InlinePolicies :many
select * from inline_policies where entity_id = $1 order by policy_name;

-- name: DeleteInlinePolicy :execrows
delete from inline_policies where entity_id = $1 and policy_name = $2;
