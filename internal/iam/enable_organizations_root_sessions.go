package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// EnableOrganizationsRootSessionsInput has no parameters.
type EnableOrganizationsRootSessionsInput struct{}

// Permissions is not about a resource.
func (in *EnableOrganizationsRootSessionsInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// EnableOrganizationsRootSessions lets the management account unlock buckets and queues as the other accounts' roots, by AssumeRoot (spec section 5.11). Only the management account may call
// it.
func (s *Service) EnableOrganizationsRootSessions(ctx context.Context, call aws.Call, _ *EnableOrganizationsRootSessionsInput) (*OrganizationsFeatures, error) {
	return s.organizationsFeatures(ctx, call, func(p *store.SetRootAccessParams) { p.RootSessions = 1 })
}
