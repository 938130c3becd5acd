-- What was revoked once is never given back.
-- name: PutRevocation :exec
insert into session_revocations (kind, subject, issued_before, created_at, expires_at) values ($1, $2, $3, $4, $5)
on conflict (kind, subject) do update
set issued_before = excluded.issued_before, created_at = excluded.created_at, expires_at = excluded.expires_at
where session_revocations.issued_before < excluded.issued_before;

-- All that may concern a living session.
-- name: Revocations :many
select * from session_revocations where expires_at > sqlc.arg(now) order by kind, subject;

-- name: deleteExpiredRevocations :execrows
delete from session_revocations where expires_at <= sqlc.arg(now);

-- name: useAssertion :execrows
insert into assertion_uses (assertion, expires_at) values ($1, $2) on conflict (assertion) do nothing;

-- name: deleteExpiredAssertionUses :execrows
delete from assertion_uses where expires_at <= sqlc.arg(now);
