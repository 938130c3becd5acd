-- name: InsertDelegationRequest :exec
insert into delegation_requests (request_id, requestor_account, workflow_id, description, request_message, redirect_to,
    template_arn, parameters, permission_policy, session_duration, only_send_by_owner, owner_account, state, created_at,
    updated_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- name: DelegationRequest :one
select * from delegation_requests where request_id = $1;

-- The page of an account's requests after one. Without an owner they are nobody's yet. An empty owner_arn stands for all.
-- name: OwnedDelegationRequests :many
select * from delegation_requests
where owner_account = sqlc.arg(owner_account) and request_id > sqlc.arg(after_request_id) and owner_id <> ''
  and (owner_arn = sqlc.arg(owner_arn) or sqlc.arg(owner_arn) = '')
order by request_id
limit sqlc.arg(max_items);

-- name: CountDelegationRequests :one
select count(*) from delegation_requests where requestor_account = $1;

-- What a request's life changes of it.
-- name: setDelegationRequest :execrows
update delegation_requests set owner_account = $2, owner_id = $3, owner_arn = $4, approver_id = $5, approver_arn = $6,
    approver_key_id = $7, approver_source_identity = $8, notes = $9, rejection_reason = $10, state = $11, updated_at = $12,
    expires_at = $13, sent_at = $14
where request_id = $1;

-- name: deleteExpiredDelegationRequests :execrows
delete from delegation_requests where expires_at <= sqlc.arg(before);
