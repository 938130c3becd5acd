package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/query"
	"github.com/daypass/daypass/internal/store"
)

// UpdateAssumeRolePolicyInput has the parameters of UpdateAssumeRolePolicy (aws-iam section 9).
type UpdateAssumeRolePolicyInput struct {
	RoleName       string `required:"true" minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
}

// Permissions is the role whose trust policy it is.
func (in *UpdateAssumeRolePolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onRole(call, in.RoleName)
}

// UpdateAssumeRolePolicy gives a role another trust policy (aws-iam section 9).
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, call aws.Call, in *UpdateAssumeRolePolicyInput) (*query.NoResult, error) {
	trust, err := s.parseTrustPolicy(in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	return nil, s.changeRole(ctx, call, in.RoleName, func(tx *store.Tx, role store.Role) error {
		stored, err := s.storedTrustPolicy(ctx, tx, trust)
		if err != nil {
			return err
		}
		_, err = tx.SetRoleTrustPolicy(ctx, store.SetRoleTrustPolicyParams{RoleID: role.RoleID, TrustPolicy: stored})
		return err
	})
}
