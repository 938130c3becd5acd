-- name: insertKeyset :execrows
insert into keysets (purpose, sealed, created_at) values ($1, $2, $3) on conflict (purpose) do nothing;

-- name: keysetFor :one
select * from keysets where purpose = $1;

-- name: keysets :many
select * from keysets order by purpose;

-- name: updateKeyset :execrows
update keysets set sealed = $2, version = $3, instants = $4 where purpose = $1;

-- name: countKeysets :one
select count(*) from keysets;

-- name: insertWrappedSealingKey :execrows
insert into wrapped_sealing_keys (id, kms_key, wrapped, created_at) values (1, $1, $2, $3) on conflict (id) do nothing;

-- name: wrappedSealingKey :one
select * from wrapped_sealing_keys;

-- name: deleteWrappedSealingKey :exec
delete from wrapped_sealing_keys;

-- name: accessKeysAfter :many
select access_key_id, sealed_secret from access_keys where access_key_id > $1 order by access_key_id limit $2;

-- name: resealAccessKey :exec
update access_keys set sealed_secret = $2 where access_key_id = $1;

-- name: mfaDevicesAfter :many
select serial_number, sealed_seed from mfa_devices where serial_number > $1 order by serial_number limit $2;

-- name: resealMFADevice :exec
update mfa_devices set sealed_seed = $2 where serial_number = $1;

-- name: sealedWebIdentityKeys :many
select account_id, key_id, sealed_key from web_identity_keys order by account_id, key_id;

-- name: resealWebIdentityKey :exec
update web_identity_keys set sealed_key = $3 where account_id = $1 and key_id = $2;

-- What was sealed with one key is from the first up to the end of a range.
-- name: countSealedOtherwise :one
select (select count(*) from access_keys where sealed_secret < sqlc.arg(first) or sealed_secret >= sqlc.arg(past))
    + (select count(*) from mfa_devices where sealed_seed < sqlc.arg(first) or sealed_seed >= sqlc.arg(past))
    + (select count(*) from web_identity_keys where sealed_key < sqlc.arg(first) or sealed_key >= sqlc.arg(past)) as others;
