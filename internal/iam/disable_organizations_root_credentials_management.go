package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// DisableOrganizationsRootCredentialsManagementInput has no parameters.
type DisableOrganizationsRootCredentialsManagementInput struct{}

// Permissions is not about a resource.
func (in *DisableOrganizationsRootCredentialsManagementInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// DisableOrganizationsRootCredentialsManagement ends what EnableOrganizationsRootCredentialsManagement began (spec section 5.11). Only the management account may call
// it.
func (s *Service) DisableOrganizationsRootCredentialsManagement(ctx context.Context, call aws.Call, _ *DisableOrganizationsRootCredentialsManagementInput) (*OrganizationsFeatures, error) {
	return s.organizationsFeatures(ctx, call, func(p *store.SetRootAccessParams) { p.RootCredentialsManagement = 0 })
}
