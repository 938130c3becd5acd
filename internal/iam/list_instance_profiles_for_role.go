package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListInstanceProfilesForRoleInput has the parameters of ListInstanceProfilesForRole.
type ListInstanceProfilesForRoleInput struct {
	RoleName string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the role.
func (in *ListInstanceProfilesForRoleInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// InstanceProfile is a role for an EC2 instance, of which daypass has none.
type InstanceProfile struct{}

// ListInstanceProfilesForRoleOutput is one page of instance profiles: an empty one.
type ListInstanceProfilesForRoleOutput struct {
	InstanceProfiles []InstanceProfile
	IsTruncated      bool
	Marker           string
}

// ListInstanceProfilesForRole finds none: no action makes any. It is there because tools ask for what is left before
// they delete a role (Terraform, for one).
func (s *Service) ListInstanceProfilesForRole(ctx context.Context, call aws.Call, in *ListInstanceProfilesForRoleInput) (*ListInstanceProfilesForRoleOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems, "ListInstanceProfilesForRole"); err != nil {
		return nil, err
	}
	err := s.view(ctx, func(tx *store.Tx) error {
		_, err := namedRole(ctx, tx, call, in.RoleName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ListInstanceProfilesForRoleOutput{InstanceProfiles: []InstanceProfile{}}, nil
}
