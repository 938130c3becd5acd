package iam

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// The features of centralised root access: what the management account may do as the roots of the other accounts (spec section
// 5.11).
const (
	rootCredentialsManagement = "RootCredentialsManagement" // audit, delete and restore their credentials
	rootSessions              = "RootSessions"              // unlock buckets and queues
)

// OrganizationsFeatures are those that are enabled in the organisation, which is all accounts of the deployment.
type OrganizationsFeatures struct {
	OrganizationId  string
	EnabledFeatures []string
}

var errNotManagement = aws.Errorf(aws.NotManagementAccount, "The request was rejected because the account making the request is not the "+
	"management account or delegated administrator account for centralized root access.")

// organizationsFeatures has change work on what is enabled, and returns what is then.
func (s *Service) organizationsFeatures(ctx context.Context, call aws.Call, change func(*store.SetRootAccessParams)) (*OrganizationsFeatures, error) {
	var enabled store.SetRootAccessParams
	err := s.update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, call.Caller.AccountID)
		if err != nil {
			return err
		}
		if account.Management == 0 {
			return errNotManagement
		}
		before := store.SetRootAccessParams{
			AccountID: account.AccountID, RootCredentialsManagement: account.RootCredentialsManagement, RootSessions: account.RootSessions,
		}
		enabled = before
		if change(&enabled); enabled == before {
			return nil
		}
		_, err = tx.SetRootAccess(ctx, enabled)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &OrganizationsFeatures{OrganizationId: organizationID(enabled.AccountID), EnabledFeatures: []string{}}
	if enabled.RootCredentialsManagement != 0 {
		out.EnabledFeatures = append(out.EnabledFeatures, rootCredentialsManagement)
	}
	if enabled.RootSessions != 0 {
		out.EnabledFeatures = append(out.EnabledFeatures, rootSessions)
	}
	return out, nil
}

// organizationID is a name in the form of AWS's, always the same for a management account.
func organizationID(managementAccountID string) string {
	sum := sha256.Sum256([]byte(managementAccountID))
	return "o-" + hex.EncodeToString(sum[:])[:10]
}
