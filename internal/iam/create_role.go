package iam

import (
	"cmp"
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreateRoleInput has the parameters of CreateRole (aws-iam section 9).
type CreateRoleInput struct {
	Path                     string `minlen:"1" maxlen:"512" pattern:"(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	RoleName                 string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	AssumeRolePolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
	Description              string `maxlen:"1000" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
	MaxSessionDuration       int32  `min:"3600" max:"43200"`
	PermissionsBoundary      string `minlen:"20" maxlen:"2048"`
	Tags                     []Tag  `maxitems:"50"`
}

// Permissions is the role to be created, with its boundary and tags.
func (in *CreateRoleInput) Permissions(call aws.Call) []aws.Permission {
	needed := onNew(aws.IAMARN(call.Caller.AccountID, "role", cmp.Or(in.Path, "/"), in.RoleName))
	if in.PermissionsBoundary != "" {
		needed = given(needed, aws.KeyPermissionsBoundary, in.PermissionsBoundary)
	}
	return withTagging(needed, "iam:TagRole", in.Tags)
}

// CreateRoleOutput is the new role.
type CreateRoleOutput struct {
	Role Role
}

// CreateRole makes a role. Names are unique in the account ignoring case, whatever the path (aws-iam sections 2.2 and 9).
func (s *Service) CreateRole(ctx context.Context, call aws.Call, in *CreateRoleInput) (*CreateRoleOutput, error) {
	if err := ignoringCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	trust, err := s.parseTrustPolicy(in.AssumeRolePolicyDocument)
	if err != nil {
		return nil, err
	}
	role := store.Role{
		RoleID:             aws.NewUniqueID(aws.RoleIDPrefix),
		AccountID:          call.Caller.AccountID,
		Path:               cmp.Or(in.Path, "/"),
		RoleName:           in.RoleName,
		NameKey:            store.NameKey(in.RoleName),
		Description:        in.Description,
		MaxSessionDuration: int64(cmp.Or(in.MaxSessionDuration, defaultMaxSessionDuration)),
		BoundaryARN:        in.PermissionsBoundary,
		CreatedAt:          store.Time{Time: call.Now},
	}
	var out CreateRoleOutput
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		if role.TrustPolicy, err = s.storedTrustPolicy(ctx, tx, trust); err != nil {
			return err
		}
		if err := insertRole(ctx, tx, role, in.Tags); err != nil {
			return err
		}
		out.Role, err = newRole(ctx, tx, role, shownIDs{})
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Role.PermissionsBoundary = newPermissionsBoundary(role.BoundaryARN)
	out.Role.Tags = asGiven(in.Tags)
	return &out, nil
}

func insertRole(ctx context.Context, tx *store.Tx, role store.Role, tags []Tag) error {
	if err := checkBoundary(ctx, tx, role.AccountID, role.BoundaryARN); err != nil {
		return err
	}
	roles, err := tx.CountRoles(ctx, role.AccountID)
	if err != nil {
		return err
	}
	if roles >= maxRoles {
		return errQuota("RolesPerAccount", maxRoles)
	}
	err = tx.InsertRole(ctx, store.InsertRoleParams{
		RoleID:             role.RoleID,
		AccountID:          role.AccountID,
		Path:               role.Path,
		RoleName:           role.RoleName,
		NameKey:            role.NameKey,
		Description:        role.Description,
		MaxSessionDuration: role.MaxSessionDuration,
		TrustPolicy:        role.TrustPolicy,
		BoundaryARN:        role.BoundaryARN,
		CreatedAt:          role.CreatedAt,
	})
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "Role with name %s already exists.", role.RoleName)
	}
	if err != nil {
		return err
	}
	return ignoringCase.putTags(ctx, tx, role.RoleID, tags)
}
