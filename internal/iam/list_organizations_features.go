package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListOrganizationsFeaturesInput has no parameters.
type ListOrganizationsFeaturesInput struct{}

// Permissions is not about a resource.
func (in *ListOrganizationsFeaturesInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// ListOrganizationsFeatures says which features of centralised root access are enabled (spec section 5.11). Only the management account may call
// it.
func (s *Service) ListOrganizationsFeatures(ctx context.Context, call aws.Call, _ *ListOrganizationsFeaturesInput) (*OrganizationsFeatures, error) {
	return s.organizationsFeatures(ctx, call, func(*store.SetRootAccessParams) {})
}
