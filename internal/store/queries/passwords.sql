-- name: InsertLoginProfile :exec
insert into login_profiles (user_id, password_hash, reset_required, created_at, changed_at) values ($1, $2, $3, $4, $5);

-- name: LoginProfile :one
select * from login_profiles where user_id = $1;

-- A new password has no wrong guesses yet.
-- name: SetPassword :execrows
update login_profiles set password_hash = $2, reset_required = $3, changed_at = $4, wrong_passwords = 0, locked_until = 0
where user_id = $1;

-- name: RecordWrongPassword :execrows
update login_profiles set wrong_passwords = $2, locked_until = $3 where user_id = $1;

-- name: SetPasswordReset :execrows
update login_profiles set reset_required = $2 where user_id = $1;

-- name: DeleteLoginProfile :execrows
delete from login_profiles where user_id = $1;

-- name: AccountLoginProfiles :many
select login_profiles.* from login_profiles join users on users.user_id = login_profiles.user_id where users.account_id = $1;

-- name: InsertFormerPassword :exec
insert into former_passwords (user_id, password_hash, changed_at) values ($1, $2, $3);

-- Newest first.
-- name: FormerPasswords :many
select * from former_passwords where user_id = $1 order by changed_at desc limit $2;

-- name: DeleteFormerPasswords :exec
delete from former_passwords where user_id = sqlc.arg(user_id) and changed_at < sqlc.arg(changed_at);

-- name: DeleteAllFormerPasswords :exec
delete from former_passwords where user_id = $1;

-- name: PasswordPolicy :one
select * from password_policies where account_id = $1;

-- name: PutPasswordPolicy :exec
insert into password_policies (account_id, minimum_length, require_symbols, require_numbers, require_uppercase, require_lowercase,
    allow_users_change, max_age, reuse_prevention, hard_expiry)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (account_id) do update set minimum_length = excluded.minimum_length, require_symbols = excluded.require_symbols,
    require_numbers = excluded.require_numbers, require_uppercase = excluded.require_uppercase,
    require_lowercase = excluded.require_lowercase, allow_users_change = excluded.allow_users_change,
    max_age = excluded.max_age, reuse_prevention = excluded.reuse_prevention, hard_expiry = excluded.hard_expiry;

-- name: DeletePasswordPolicy :execrows
delete from password_policies where account_id = $1;
