package iam

import (
	"context"
	"errors"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// maxRoles is a quota of an account (aws-iam section 14).
const maxRoles = 1000

// defaultMaxSessionDuration is how many seconds a session of a role lasts at most, unless the role says otherwise.
const defaultMaxSessionDuration = 3600

// Role is a role in replies. The members from Description on are each in some replies only (aws-iam section 9).
type Role struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               time.Time
	AssumeRolePolicyDocument string
	Description              string
	MaxSessionDuration       *int64 // in seconds
	PermissionsBoundary      *PermissionsBoundary
	Tags                     []Tag
	RoleLastUsed             *RoleLastUsed
}

// RoleLastUsed says when and where a session of the role was last used; it is empty when none ever was.
type RoleLastUsed struct {
	LastUsedDate time.Time
	Region       string
}

// newRole has the members that every reply has.
func newRole(ctx context.Context, tx *store.Tx, r store.Role, shown shownIDs) (Role, error) {
	document, err := shown.trustPolicy(ctx, tx, r.TrustPolicy)
	return Role{
		Path:                     r.Path,
		RoleName:                 r.RoleName,
		RoleId:                   r.RoleID,
		Arn:                      roleARN(r),
		CreateDate:               r.CreatedAt.Time,
		AssumeRolePolicyDocument: document,
	}, err
}

func roleARN(r store.Role) string { return aws.IAMARN(r.AccountID, "role", r.Path, r.RoleName) }

// namedRole finds a role of the caller's account by name, ignoring case.
func namedRole(ctx context.Context, tx *store.Tx, call aws.Call, roleName string) (store.Role, error) {
	role, err := tx.RoleByName(ctx, store.RoleByNameParams{AccountID: call.Caller.AccountID, NameKey: store.NameKey(roleName)})
	if errors.Is(err, store.ErrNotFound) {
		return store.Role{}, errNoEntity(aws.RoleResource, roleName)
	}
	return role, err
}

// changeRole is the transaction of an action on a role that exists.
func (s *Service) changeRole(ctx context.Context, call aws.Call, roleName string, change func(*store.Tx, store.Role) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		role, err := namedRole(ctx, tx, call, roleName)
		if err != nil {
			return err
		}
		return change(tx, role)
	})
}
