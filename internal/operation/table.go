package operation

import (
	"iter"
	"maps"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/sts"
)

// Table holds every operation.
type Table struct {
	Audit *audit.Log
	rows  map[rowKey]*Operation
}

type rowKey struct{ service, version, action string }

// NewTable binds the operations to the services that perform them.
func NewTable(log *audit.Log, sts *sts.Service, iam *iam.Service) *Table {
	t := &Table{Audit: log, rows: make(map[rowKey]*Operation)}
	for _, o := range operations(sts, iam) {
		t.rows[rowKey{o.service.Name, o.service.Version, o.Action()}] = &o
	}
	return t
}

// operations is the table. Its columns: the name policies use, which credentials may try it, the resource policies are
// asked about (nil: policies have no say), what runs.
func operations(s *sts.Service, i *iam.Service) []Operation {
	return []Operation{
		op("sts:GetSessionToken", LongTermKey, nil, s.GetSessionToken),
		op("sts:GetCallerIdentity", AnyCredentials, nil, s.GetCallerIdentity),
		op("sts:GetAccessKeyInfo", LongTermKey, (*sts.GetAccessKeyInfoInput).Resource, s.GetAccessKeyInfo),

		op("iam:CreateUser", IAMKey, (*iam.CreateUserInput).Resource, i.CreateUser),
		op("iam:GetUser", IAMKey, (*iam.GetUserInput).Resource, i.GetUser),
		op("iam:ListUsers", IAMKey, (*iam.ListUsersInput).Resource, i.ListUsers),
		op("iam:DeleteUser", IAMKey, (*iam.DeleteUserInput).Resource, i.DeleteUser),
		op("iam:CreateAccessKey", IAMKey, (*iam.CreateAccessKeyInput).Resource, i.CreateAccessKey),
		op("iam:ListAccessKeys", IAMKey, (*iam.ListAccessKeysInput).Resource, i.ListAccessKeys),
		op("iam:UpdateAccessKey", IAMKey, (*iam.UpdateAccessKeyInput).Resource, i.UpdateAccessKey),
		op("iam:DeleteAccessKey", IAMKey, (*iam.DeleteAccessKeyInput).Resource, i.DeleteAccessKey),
		op("iam:GetAccessKeyLastUsed", IAMKey, (*iam.GetAccessKeyLastUsedInput).Resource, i.GetAccessKeyLastUsed),
		op("iam:CreateVirtualMFADevice", IAMKey, (*iam.CreateVirtualMFADeviceInput).Resource, i.CreateVirtualMFADevice),
		op("iam:EnableMFADevice", IAMKey, (*iam.EnableMFADeviceInput).Resource, i.EnableMFADevice),
		op("iam:ResyncMFADevice", IAMKey, (*iam.ResyncMFADeviceInput).Resource, i.ResyncMFADevice),
		op("iam:DeactivateMFADevice", IAMKey, (*iam.DeactivateMFADeviceInput).Resource, i.DeactivateMFADevice),
		op("iam:DeleteVirtualMFADevice", IAMKey, (*iam.DeleteVirtualMFADeviceInput).Resource, i.DeleteVirtualMFADevice),
		op("iam:ListMFADevices", IAMKey, (*iam.ListMFADevicesInput).Resource, i.ListMFADevices),
		op("iam:ListVirtualMFADevices", IAMKey, (*iam.ListVirtualMFADevicesInput).Resource, i.ListVirtualMFADevices),
		op("iam:GetMFADevice", IAMKey, (*iam.GetMFADeviceInput).Resource, i.GetMFADevice),
	}
}

// All yields every operation, in no order.
func (t *Table) All() iter.Seq[*Operation] { return maps.Values(t.rows) }

// Find returns the operation of a request to a service. What is not in the table does not exist, whatever it is called
// (spec section 1.4). versionGiven tells an absent Version from an empty one.
func (t *Table) Find(service, action, version string, versionGiven bool) (*Operation, *aws.Error) {
	if o, ok := t.rows[rowKey{service, version, action}]; ok {
		return o, nil
	}
	if !versionGiven {
		version = "NO_VERSION_SPECIFIED"
	}
	return nil, aws.Errorf(aws.InvalidAction, "Could not find operation %s for version %s", aws.Echo(action), aws.Echo(version))
}
