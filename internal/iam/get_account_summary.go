package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetAccountSummaryInput has the parameters of GetAccountSummary: none.
type GetAccountSummaryInput struct{}

// Permissions is not about a resource.
func (in *GetAccountSummaryInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// GetAccountSummaryOutput has the figures by name.
type GetAccountSummaryOutput struct {
	SummaryMap map[string]int64
}

// GetAccountSummary says how much there is in the account, and how much there may be (aws-iam section 13).
func (s *Service) GetAccountSummary(ctx context.Context, call aws.Call, _ *GetAccountSummaryInput) (*GetAccountSummaryOutput, error) {
	var out *GetAccountSummaryOutput
	err := s.view(ctx, func(tx *store.Tx) error {
		out = &GetAccountSummaryOutput{SummaryMap: quotas()}
		return count(ctx, tx, call.Caller.AccountID, out.SummaryMap)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// quotas has everything that is the same for every account, with the figures for what nobody has here.
func quotas() map[string]int64 {
	return map[string]int64{
		"AccessKeysPerUserQuota":            MaxAccessKeys,
		"AccountMFAEnabled":                 0, // root has neither MFA devices, nor a password, nor certificates
		"AccountPasswordPresent":            0,
		"AccountSigningCertificatesPresent": 0,
		"AssumeRolePolicySizeQuota":         maxTrustPolicySize,
		"AttachedPoliciesPerGroupQuota":     maxAttachedPolicies,
		"AttachedPoliciesPerRoleQuota":      maxAttachedPolicies,
		"AttachedPoliciesPerUserQuota":      maxAttachedPolicies,
		"GlobalEndpointTokenVersion":        1,
		"GroupPolicySizeQuota":              int64(maxInlineSize[aws.GroupResource]),
		"GroupsPerUserQuota":                maxUserGroups,
		"GroupsQuota":                       maxGroups,
		"InstanceProfiles":                  0,
		"InstanceProfilesQuota":             1000,
		"PoliciesQuota":                     maxPolicies,
		"PolicySizeQuota":                   maxPolicySize,
		"PolicyVersionsInUseQuota":          10000,
		"RolePolicySizeQuota":               int64(maxInlineSize[aws.RoleResource]),
		"RolesQuota":                        maxRoles,
		"ServerCertificates":                0,
		"ServerCertificatesQuota":           20,
		"SigningCertificatesPerUserQuota":   2,
		"UserPolicySizeQuota":               int64(maxInlineSize[aws.UserResource]),
		"UsersQuota":                        maxUsers,
		"VersionsPerPolicyQuota":            maxPolicyVersions,
	}
}

func count(ctx context.Context, tx *store.Tx, accountID string, into map[string]int64) error {
	for name, figure := range map[string]func(context.Context, string) (int64, error){
		"Groups":              tx.CountGroups,
		"MFADevices":          tx.CountMFADevices,
		"MFADevicesInUse":     tx.CountAssignedMFADevices,
		"Policies":            tx.CountPolicies,
		"PolicyVersionsInUse": tx.CountPolicyVersionsInUse,
		"Roles":               tx.CountRoles,
		"Users":               tx.CountUsers,
	} {
		n, err := figure(ctx, accountID)
		if err != nil {
			return err
		}
		into[name] = n
	}
	keys, err := tx.RootAccessKeys(ctx, accountID)
	if err != nil {
		return err
	}
	into["AccountAccessKeysPresent"] = min(int64(len(keys)), 1)
	oidc, err := tx.OIDCProviders(ctx, accountID)
	if err != nil {
		return err
	}
	saml, err := tx.SAMLProviders(ctx, accountID)
	into["Providers"] = int64(len(oidc) + len(saml))
	return err
}
