-- name: insertMFADevice :exec
insert into mfa_devices (serial_number, account_id, kind, algorithm, path, device_name, name_key, sealed_seed, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: MFADevice :one
select * from mfa_devices where serial_number = $1;

-- name: UserMFADevices :many
select * from mfa_devices where user_id = $1 order by serial_number;

-- The page after a serial number of an account's virtual devices, assigned or not.
-- name: VirtualMFADevices :many
select * from mfa_devices
where account_id = sqlc.arg(account_id) and kind = 'virtual' and serial_number > sqlc.arg(after_serial_number)
order by serial_number
limit sqlc.arg(max_items);

-- name: AssignedVirtualMFADevices :many
select * from mfa_devices
where account_id = sqlc.arg(account_id) and kind = 'virtual' and serial_number > sqlc.arg(after_serial_number) and user_id is not null
order by serial_number
limit sqlc.arg(max_items);

-- name: UnassignedVirtualMFADevices :many
select * from mfa_devices
where account_id = sqlc.arg(account_id) and kind = 'virtual' and serial_number > sqlc.arg(after_serial_number) and user_id is null
order by serial_number
limit sqlc.arg(max_items);

-- The users who have the virtual devices from one serial number to another.
-- name: VirtualMFADeviceUsers :many
select distinct users.* from users join mfa_devices on mfa_devices.user_id = users.user_id
where mfa_devices.account_id = sqlc.arg(account_id) and mfa_devices.kind = 'virtual'
  and mfa_devices.serial_number >= sqlc.arg(first_serial_number)
  and mfa_devices.serial_number <= sqlc.arg(last_serial_number);

-- name: CountVirtualMFADevices :one
select count(*) from mfa_devices where account_id = $1 and kind = 'virtual';

-- name: CountMFADevices :one
select count(*) from mfa_devices where account_id = $1;

-- name: CountAssignedMFADevices :one
select count(*) from mfa_devices where account_id = $1 and user_id is not null;

-- name: AssignedMFADevices :many
select * from mfa_devices where account_id = $1 and user_id is not null order by serial_number;

-- A device is assigned only while nobody has it, and the two codes that enabled it are burned with it.
-- name: AssignMFADevice :execrows
update mfa_devices set user_id = $2, enabled_at = $3, last_step = $4, wrong_codes = 0, locked_until = 0
where serial_number = $1 and user_id is null and last_step < $4;

-- name: UnassignMFADevice :execrows
update mfa_devices set user_id = null, enabled_at = 0 where serial_number = $1 and user_id = $2;

-- The one place where a code's step is spent. Of any number of concurrent attempts one finds last_step below it.
-- name: BurnMFAStep :execrows
update mfa_devices set last_step = $2, wrong_codes = 0, locked_until = 0
where serial_number = $1 and last_step < $2;

-- name: ResyncMFADevice :execrows
update mfa_devices set last_step = $2, drift = $3, wrong_codes = 0, locked_until = 0
where serial_number = $1 and last_step < $2;

-- name: RecordWrongCode :execrows
update mfa_devices set wrong_codes = $2, locked_until = $3 where serial_number = $1;

-- name: DeleteMFADevice :execrows
delete from mfa_devices where serial_number = $1 and user_id is null;
