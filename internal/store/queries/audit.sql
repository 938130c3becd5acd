-- An older instant never takes the place of a later one.
-- name: putAuditLog :exec
insert into audit_logs (log, location, sequence, head, updated_at) values ($1, $2, $3, $4, $5)
on conflict (log) do update
set location = excluded.location, sequence = excluded.sequence, head = excluded.head, updated_at = excluded.updated_at
where audit_logs.sequence <= excluded.sequence;

-- name: AuditLogs :many
select * from audit_logs order by updated_at, log;
