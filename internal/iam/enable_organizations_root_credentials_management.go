package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// EnableOrganizationsRootCredentialsManagementInput has no parameters.
type EnableOrganizationsRootCredentialsManagementInput struct{}

// Permissions is not about a resource.
func (in *EnableOrganizationsRootCredentialsManagementInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// EnableOrganizationsRootCredentialsManagement lets the management account audit, delete and restore the credentials of the other accounts' roots, by AssumeRoot (spec section 5.11). Only the management account may call
// it.
func (s *Service) EnableOrganizationsRootCredentialsManagement(ctx context.Context, call aws.Call, _ *EnableOrganizationsRootCredentialsManagementInput) (*OrganizationsFeatures, error) {
	return s.organizationsFeatures(ctx, call, func(p *store.SetRootAccessParams) { p.RootCredentialsManagement = 1 })
}
