-- name: InsertWebIdentityIssuer :exec
insert into web_identity_issuers (account_id, issuer_uuid, enabled, created_at) values ($1, $2, 1, $3);

-- name: WebIdentityIssuer :one
select * from web_identity_issuers where account_id = $1;

-- name: WebIdentityIssuerByUUID :one
select * from web_identity_issuers where issuer_uuid = $1;

-- name: WebIdentityIssuers :many
select * from web_identity_issuers order by account_id;

-- name: EnableWebIdentityIssuer :execrows
update web_identity_issuers set enabled = $2 where account_id = $1 and enabled <> $2;

-- name: insertWebIdentityKey :exec
insert into web_identity_keys (account_id, key_id, algorithm, sealed_key, created_at, signs_from)
values ($1, $2, $3, $4, $5, $6);

-- name: WebIdentityKeys :many
select * from web_identity_keys where account_id = $1 order by created_at, key_id;

-- What has a successor already keeps its end, unless that comes later.
-- name: RetireWebIdentityKeys :execrows
update web_identity_keys set published_until = $2
where account_id = $1 and (published_until = 0 or published_until > $2);

-- name: DeleteRetiredWebIdentityKeys :execrows
delete from web_identity_keys where account_id = $1 and published_until <> 0 and published_until <= $2;
