-- name: InsertOIDCProvider :exec
insert into oidc_providers (provider_arn, account_id, url, client_ids, thumbprints, created_at) values ($1, $2, $3, $4, $5, $6);

-- name: OIDCProvider :one
select * from oidc_providers where provider_arn = $1;

-- name: OIDCProviders :many
select * from oidc_providers where account_id = $1 order by provider_arn;

-- name: UpdateOIDCProvider :execrows
update oidc_providers set client_ids = $2, thumbprints = $3 where provider_arn = $1;

-- name: DeleteOIDCProvider :execrows
delete from oidc_providers where provider_arn = $1;

-- name: InsertSAMLProvider :exec
insert into saml_providers (provider_arn, account_id, provider_name, name_key, provider_uuid, metadata, created_at, valid_until)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: SAMLProvider :one
select * from saml_providers where provider_arn = $1;

-- name: SAMLProviders :many
select provider_arn, created_at, valid_until from saml_providers where account_id = $1 order by provider_arn;

-- name: UpdateSAMLProvider :execrows
update saml_providers set metadata = $2, valid_until = $3 where provider_arn = $1;

-- name: DeleteSAMLProvider :execrows
delete from saml_providers where provider_arn = $1;
