package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// DisableOrganizationsRootSessionsInput has no parameters.
type DisableOrganizationsRootSessionsInput struct{}

// Permissions is not about a resource.
func (in *DisableOrganizationsRootSessionsInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// DisableOrganizationsRootSessions ends what EnableOrganizationsRootSessions began (spec section 5.11). Only the management account may call
// it.
func (s *Service) DisableOrganizationsRootSessions(ctx context.Context, call aws.Call, _ *DisableOrganizationsRootSessionsInput) (*OrganizationsFeatures, error) {
	return s.organizationsFeatures(ctx, call, func(p *store.SetRootAccessParams) { p.RootSessions = 0 })
}
