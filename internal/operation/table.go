package operation

import (
	"iter"
	"maps"

	"github.com/daypass/daypass/internal/audit"
	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/sts"
)

// Table holds every operation.
type Table struct {
	Audit      *audit.Log
	Authorizer *authz.Authorizer
	rows       map[rowKey]*Operation
}

type rowKey struct{ service, version, action string }

// NewTable binds the operations to the services that perform them.
func NewTable(log *audit.Log, authorizer *authz.Authorizer, sts *sts.Service, iam *iam.Service) *Table {
	t := &Table{Audit: log, Authorizer: authorizer, rows: make(map[rowKey]*Operation)}
	for _, o := range operations(sts, iam) {
		t.rows[rowKey{o.service.Name, o.service.Version, o.Action()}] = &o
	}
	return t
}

// operations is the table. Its columns: the name policies use, which credentials may try it, what the caller must be
// permitted (nil: policies have no say), what runs.
func operations(s *sts.Service, i *iam.Service) []Operation {
	return []Operation{
		op("sts:GetSessionToken", LongTermKey, nil, s.GetSessionToken),
		op("sts:GetFederationToken", LongTermKey, (*sts.GetFederationTokenInput).Permissions, s.GetFederationToken),
		op("sts:AssumeRole", AssumingKey, nil, s.AssumeRole), // the action asks: only it knows whose trust policy
		op("sts:AssumeRoleWithWebIdentity", NoCredentials, nil, s.AssumeRoleWithWebIdentity),
		op("sts:AssumeRoleWithSAML", NoCredentials, nil, s.AssumeRoleWithSAML),
		op("sts:AssumeRoot", RoleKey, (*sts.AssumeRootInput).Permissions, s.AssumeRoot),
		op("sts:GetCallerIdentity", AnyCredentials, nil, s.GetCallerIdentity),
		op("sts:GetAccessKeyInfo", RoleKey, (*sts.GetAccessKeyInfoInput).Permissions, s.GetAccessKeyInfo),
		op("sts:DecodeAuthorizationMessage", RoleKey, (*sts.DecodeAuthorizationMessageInput).Permissions, s.DecodeAuthorizationMessage),
		op("sts:GetWebIdentityToken", RoleKey, (*sts.GetWebIdentityTokenInput).Permissions, s.GetWebIdentityToken),
		op("sts:GetDelegatedAccessToken", RoleKey, (*sts.GetDelegatedAccessTokenInput).Permissions, s.GetDelegatedAccessToken),

		// users
		op("iam:CreateUser", IAMKey, (*iam.CreateUserInput).Permissions, i.CreateUser),
		op("iam:GetUser", IAMKey, (*iam.GetUserInput).Permissions, i.GetUser),
		op("iam:ListUsers", IAMKey, (*iam.ListUsersInput).Permissions, i.ListUsers),
		op("iam:UpdateUser", IAMKey, (*iam.UpdateUserInput).Permissions, i.UpdateUser),
		op("iam:DeleteUser", IAMKey, (*iam.DeleteUserInput).Permissions, i.DeleteUser),
		op("iam:TagUser", IAMKey, (*iam.TagUserInput).Permissions, i.TagUser),
		op("iam:UntagUser", IAMKey, (*iam.UntagUserInput).Permissions, i.UntagUser),
		op("iam:ListUserTags", IAMKey, (*iam.ListUserTagsInput).Permissions, i.ListUserTags),

		// access keys
		op("iam:CreateAccessKey", IAMKey, (*iam.CreateAccessKeyInput).Permissions, i.CreateAccessKey),
		op("iam:ListAccessKeys", IAMKey, (*iam.ListAccessKeysInput).Permissions, i.ListAccessKeys),
		op("iam:UpdateAccessKey", IAMKey, (*iam.UpdateAccessKeyInput).Permissions, i.UpdateAccessKey),
		op("iam:DeleteAccessKey", IAMKey, (*iam.DeleteAccessKeyInput).Permissions, i.DeleteAccessKey),
		op("iam:GetAccessKeyLastUsed", IAMKey, (*iam.GetAccessKeyLastUsedInput).Permissions, i.GetAccessKeyLastUsed),

		// MFA devices
		op("iam:CreateVirtualMFADevice", IAMKey, (*iam.CreateVirtualMFADeviceInput).Permissions, i.CreateVirtualMFADevice),
		op("iam:EnableMFADevice", IAMKey, (*iam.EnableMFADeviceInput).Permissions, i.EnableMFADevice),
		op("iam:ResyncMFADevice", IAMKey, (*iam.ResyncMFADeviceInput).Permissions, i.ResyncMFADevice),
		op("iam:DeactivateMFADevice", IAMKey, (*iam.DeactivateMFADeviceInput).Permissions, i.DeactivateMFADevice),
		op("iam:DeleteVirtualMFADevice", IAMKey, (*iam.DeleteVirtualMFADeviceInput).Permissions, i.DeleteVirtualMFADevice),
		op("iam:ListMFADevices", IAMKey, (*iam.ListMFADevicesInput).Permissions, i.ListMFADevices),
		op("iam:ListVirtualMFADevices", IAMKey, (*iam.ListVirtualMFADevicesInput).Permissions, i.ListVirtualMFADevices),
		op("iam:GetMFADevice", IAMKey, (*iam.GetMFADeviceInput).Permissions, i.GetMFADevice),
		op("iam:TagMFADevice", IAMKey, (*iam.TagMFADeviceInput).Permissions, i.TagMFADevice),
		op("iam:UntagMFADevice", IAMKey, (*iam.UntagMFADeviceInput).Permissions, i.UntagMFADevice),
		op("iam:ListMFADeviceTags", IAMKey, (*iam.ListMFADeviceTagsInput).Permissions, i.ListMFADeviceTags),

		// groups
		op("iam:CreateGroup", IAMKey, (*iam.CreateGroupInput).Permissions, i.CreateGroup),
		op("iam:GetGroup", IAMKey, (*iam.GetGroupInput).Permissions, i.GetGroup),
		op("iam:ListGroups", IAMKey, (*iam.ListGroupsInput).Permissions, i.ListGroups),
		op("iam:ListGroupsForUser", IAMKey, (*iam.ListGroupsForUserInput).Permissions, i.ListGroupsForUser),
		op("iam:UpdateGroup", IAMKey, (*iam.UpdateGroupInput).Permissions, i.UpdateGroup),
		op("iam:DeleteGroup", IAMKey, (*iam.DeleteGroupInput).Permissions, i.DeleteGroup),
		op("iam:AddUserToGroup", IAMKey, (*iam.AddUserToGroupInput).Permissions, i.AddUserToGroup),
		op("iam:RemoveUserFromGroup", IAMKey, (*iam.RemoveUserFromGroupInput).Permissions, i.RemoveUserFromGroup),

		// roles
		op("iam:CreateRole", IAMKey, (*iam.CreateRoleInput).Permissions, i.CreateRole),
		op("iam:GetRole", IAMKey, (*iam.GetRoleInput).Permissions, i.GetRole),
		op("iam:ListRoles", IAMKey, (*iam.ListRolesInput).Permissions, i.ListRoles),
		op("iam:UpdateRole", IAMKey, (*iam.UpdateRoleInput).Permissions, i.UpdateRole),
		op("iam:UpdateRoleDescription", IAMKey, (*iam.UpdateRoleDescriptionInput).Permissions, i.UpdateRoleDescription),
		op("iam:UpdateAssumeRolePolicy", IAMKey, (*iam.UpdateAssumeRolePolicyInput).Permissions, i.UpdateAssumeRolePolicy),
		op("iam:DeleteRole", IAMKey, (*iam.DeleteRoleInput).Permissions, i.DeleteRole),
		op("iam:TagRole", IAMKey, (*iam.TagRoleInput).Permissions, i.TagRole),
		op("iam:UntagRole", IAMKey, (*iam.UntagRoleInput).Permissions, i.UntagRole),
		op("iam:ListRoleTags", IAMKey, (*iam.ListRoleTagsInput).Permissions, i.ListRoleTags),

		// managed policies
		op("iam:CreatePolicy", IAMKey, (*iam.CreatePolicyInput).Permissions, i.CreatePolicy),
		op("iam:GetPolicy", IAMKey, (*iam.GetPolicyInput).Permissions, i.GetPolicy),
		op("iam:ListPolicies", IAMKey, (*iam.ListPoliciesInput).Permissions, i.ListPolicies),
		op("iam:DeletePolicy", IAMKey, (*iam.DeletePolicyInput).Permissions, i.DeletePolicy),
		op("iam:CreatePolicyVersion", IAMKey, (*iam.CreatePolicyVersionInput).Permissions, i.CreatePolicyVersion),
		op("iam:GetPolicyVersion", IAMKey, (*iam.GetPolicyVersionInput).Permissions, i.GetPolicyVersion),
		op("iam:ListPolicyVersions", IAMKey, (*iam.ListPolicyVersionsInput).Permissions, i.ListPolicyVersions),
		op("iam:SetDefaultPolicyVersion", IAMKey, (*iam.SetDefaultPolicyVersionInput).Permissions, i.SetDefaultPolicyVersion),
		op("iam:DeletePolicyVersion", IAMKey, (*iam.DeletePolicyVersionInput).Permissions, i.DeletePolicyVersion),
		op("iam:ListEntitiesForPolicy", IAMKey, (*iam.ListEntitiesForPolicyInput).Permissions, i.ListEntitiesForPolicy),
		op("iam:TagPolicy", IAMKey, (*iam.TagPolicyInput).Permissions, i.TagPolicy),
		op("iam:UntagPolicy", IAMKey, (*iam.UntagPolicyInput).Permissions, i.UntagPolicy),
		op("iam:ListPolicyTags", IAMKey, (*iam.ListPolicyTagsInput).Permissions, i.ListPolicyTags),
		op("iam:AttachUserPolicy", IAMKey, (*iam.AttachUserPolicyInput).Permissions, i.AttachUserPolicy),
		op("iam:DetachUserPolicy", IAMKey, (*iam.DetachUserPolicyInput).Permissions, i.DetachUserPolicy),
		op("iam:ListAttachedUserPolicies", IAMKey, (*iam.ListAttachedUserPoliciesInput).Permissions, i.ListAttachedUserPolicies),
		op("iam:AttachGroupPolicy", IAMKey, (*iam.AttachGroupPolicyInput).Permissions, i.AttachGroupPolicy),
		op("iam:DetachGroupPolicy", IAMKey, (*iam.DetachGroupPolicyInput).Permissions, i.DetachGroupPolicy),
		op("iam:ListAttachedGroupPolicies", IAMKey, (*iam.ListAttachedGroupPoliciesInput).Permissions, i.ListAttachedGroupPolicies),
		op("iam:AttachRolePolicy", IAMKey, (*iam.AttachRolePolicyInput).Permissions, i.AttachRolePolicy),
		op("iam:DetachRolePolicy", IAMKey, (*iam.DetachRolePolicyInput).Permissions, i.DetachRolePolicy),
		op("iam:ListAttachedRolePolicies", IAMKey, (*iam.ListAttachedRolePoliciesInput).Permissions, i.ListAttachedRolePolicies),

		// inline policies
		op("iam:PutUserPolicy", IAMKey, (*iam.PutUserPolicyInput).Permissions, i.PutUserPolicy),
		op("iam:GetUserPolicy", IAMKey, (*iam.GetUserPolicyInput).Permissions, i.GetUserPolicy),
		op("iam:ListUserPolicies", IAMKey, (*iam.ListUserPoliciesInput).Permissions, i.ListUserPolicies),
		op("iam:DeleteUserPolicy", IAMKey, (*iam.DeleteUserPolicyInput).Permissions, i.DeleteUserPolicy),
		op("iam:PutGroupPolicy", IAMKey, (*iam.PutGroupPolicyInput).Permissions, i.PutGroupPolicy),
		op("iam:GetGroupPolicy", IAMKey, (*iam.GetGroupPolicyInput).Permissions, i.GetGroupPolicy),
		op("iam:ListGroupPolicies", IAMKey, (*iam.ListGroupPoliciesInput).Permissions, i.ListGroupPolicies),
		op("iam:DeleteGroupPolicy", IAMKey, (*iam.DeleteGroupPolicyInput).Permissions, i.DeleteGroupPolicy),
		op("iam:PutRolePolicy", IAMKey, (*iam.PutRolePolicyInput).Permissions, i.PutRolePolicy),
		op("iam:GetRolePolicy", IAMKey, (*iam.GetRolePolicyInput).Permissions, i.GetRolePolicy),
		op("iam:ListRolePolicies", IAMKey, (*iam.ListRolePoliciesInput).Permissions, i.ListRolePolicies),
		op("iam:DeleteRolePolicy", IAMKey, (*iam.DeleteRolePolicyInput).Permissions, i.DeleteRolePolicy),

		// permissions boundaries
		op("iam:PutRolePermissionsBoundary", IAMKey, (*iam.PutRolePermissionsBoundaryInput).Permissions, i.PutRolePermissionsBoundary),
		op("iam:DeleteRolePermissionsBoundary", IAMKey, (*iam.DeleteRolePermissionsBoundaryInput).Permissions, i.DeleteRolePermissionsBoundary),
		op("iam:PutUserPermissionsBoundary", IAMKey, (*iam.PutUserPermissionsBoundaryInput).Permissions, i.PutUserPermissionsBoundary),
		op("iam:DeleteUserPermissionsBoundary", IAMKey, (*iam.DeleteUserPermissionsBoundaryInput).Permissions, i.DeleteUserPermissionsBoundary),

		// passwords
		op("iam:CreateLoginProfile", IAMKey, (*iam.CreateLoginProfileInput).Permissions, i.CreateLoginProfile),
		op("iam:GetLoginProfile", IAMKey, (*iam.GetLoginProfileInput).Permissions, i.GetLoginProfile),
		op("iam:UpdateLoginProfile", IAMKey, (*iam.UpdateLoginProfileInput).Permissions, i.UpdateLoginProfile),
		op("iam:DeleteLoginProfile", IAMKey, (*iam.DeleteLoginProfileInput).Permissions, i.DeleteLoginProfile),
		op("iam:ChangePassword", IAMKey, (*iam.ChangePasswordInput).Permissions, i.ChangePassword),
		op("iam:UpdateAccountPasswordPolicy", IAMKey, (*iam.UpdateAccountPasswordPolicyInput).Permissions, i.UpdateAccountPasswordPolicy),
		op("iam:GetAccountPasswordPolicy", IAMKey, (*iam.GetAccountPasswordPolicyInput).Permissions, i.GetAccountPasswordPolicy),
		op("iam:DeleteAccountPasswordPolicy", IAMKey, (*iam.DeleteAccountPasswordPolicyInput).Permissions, i.DeleteAccountPasswordPolicy),

		// identity providers
		op("iam:CreateOpenIDConnectProvider", IAMKey, (*iam.CreateOpenIDConnectProviderInput).Permissions, i.CreateOpenIDConnectProvider),
		op("iam:GetOpenIDConnectProvider", IAMKey, (*iam.GetOpenIDConnectProviderInput).Permissions, i.GetOpenIDConnectProvider),
		op("iam:ListOpenIDConnectProviders", IAMKey, (*iam.ListOpenIDConnectProvidersInput).Permissions, i.ListOpenIDConnectProviders),
		op("iam:DeleteOpenIDConnectProvider", IAMKey, (*iam.DeleteOpenIDConnectProviderInput).Permissions, i.DeleteOpenIDConnectProvider),
		op("iam:AddClientIDToOpenIDConnectProvider", IAMKey, (*iam.AddClientIDToOpenIDConnectProviderInput).Permissions, i.AddClientIDToOpenIDConnectProvider),
		op("iam:RemoveClientIDFromOpenIDConnectProvider", IAMKey, (*iam.RemoveClientIDFromOpenIDConnectProviderInput).Permissions, i.RemoveClientIDFromOpenIDConnectProvider),
		op("iam:UpdateOpenIDConnectProviderThumbprint", IAMKey, (*iam.UpdateOpenIDConnectProviderThumbprintInput).Permissions, i.UpdateOpenIDConnectProviderThumbprint),
		op("iam:TagOpenIDConnectProvider", IAMKey, (*iam.TagOpenIDConnectProviderInput).Permissions, i.TagOpenIDConnectProvider),
		op("iam:UntagOpenIDConnectProvider", IAMKey, (*iam.UntagOpenIDConnectProviderInput).Permissions, i.UntagOpenIDConnectProvider),
		op("iam:ListOpenIDConnectProviderTags", IAMKey, (*iam.ListOpenIDConnectProviderTagsInput).Permissions, i.ListOpenIDConnectProviderTags),
		op("iam:CreateSAMLProvider", IAMKey, (*iam.CreateSAMLProviderInput).Permissions, i.CreateSAMLProvider),
		op("iam:GetSAMLProvider", IAMKey, (*iam.GetSAMLProviderInput).Permissions, i.GetSAMLProvider),
		op("iam:ListSAMLProviders", IAMKey, (*iam.ListSAMLProvidersInput).Permissions, i.ListSAMLProviders),
		op("iam:UpdateSAMLProvider", IAMKey, (*iam.UpdateSAMLProviderInput).Permissions, i.UpdateSAMLProvider),
		op("iam:DeleteSAMLProvider", IAMKey, (*iam.DeleteSAMLProviderInput).Permissions, i.DeleteSAMLProvider),
		op("iam:TagSAMLProvider", IAMKey, (*iam.TagSAMLProviderInput).Permissions, i.TagSAMLProvider),
		op("iam:UntagSAMLProvider", IAMKey, (*iam.UntagSAMLProviderInput).Permissions, i.UntagSAMLProvider),
		op("iam:ListSAMLProviderTags", IAMKey, (*iam.ListSAMLProviderTagsInput).Permissions, i.ListSAMLProviderTags),

		// the account
		op("iam:CreateAccountAlias", IAMKey, (*iam.CreateAccountAliasInput).Permissions, i.CreateAccountAlias),
		op("iam:DeleteAccountAlias", IAMKey, (*iam.DeleteAccountAliasInput).Permissions, i.DeleteAccountAlias),
		op("iam:ListAccountAliases", IAMKey, (*iam.ListAccountAliasesInput).Permissions, i.ListAccountAliases),
		op("iam:GetAccountSummary", IAMKey, (*iam.GetAccountSummaryInput).Permissions, i.GetAccountSummary),
		op("iam:GetAccountAuthorizationDetails", IAMKey, (*iam.GetAccountAuthorizationDetailsInput).Permissions, i.GetAccountAuthorizationDetails),
		op("iam:ListPoliciesGrantingServiceAccess", IAMKey, (*iam.ListPoliciesGrantingServiceAccessInput).Permissions, i.ListPoliciesGrantingServiceAccess),
		op("iam:GenerateCredentialReport", IAMKey, (*iam.GenerateCredentialReportInput).Permissions, i.GenerateCredentialReport),
		op("iam:GetCredentialReport", IAMKey, (*iam.GetCredentialReportInput).Permissions, i.GetCredentialReport),

		// outbound web identity federation
		op("iam:EnableOutboundWebIdentityFederation", IAMKey, (*iam.EnableOutboundWebIdentityFederationInput).Permissions, i.EnableOutboundWebIdentityFederation),
		op("iam:DisableOutboundWebIdentityFederation", IAMKey, (*iam.DisableOutboundWebIdentityFederationInput).Permissions, i.DisableOutboundWebIdentityFederation),
		op("iam:GetOutboundWebIdentityFederationInfo", IAMKey, (*iam.GetOutboundWebIdentityFederationInfoInput).Permissions, i.GetOutboundWebIdentityFederationInfo),

		// root access of the management account
		op("iam:EnableOrganizationsRootCredentialsManagement", IAMKey, (*iam.EnableOrganizationsRootCredentialsManagementInput).Permissions, i.EnableOrganizationsRootCredentialsManagement),
		op("iam:DisableOrganizationsRootCredentialsManagement", IAMKey, (*iam.DisableOrganizationsRootCredentialsManagementInput).Permissions, i.DisableOrganizationsRootCredentialsManagement),
		op("iam:EnableOrganizationsRootSessions", IAMKey, (*iam.EnableOrganizationsRootSessionsInput).Permissions, i.EnableOrganizationsRootSessions),
		op("iam:DisableOrganizationsRootSessions", IAMKey, (*iam.DisableOrganizationsRootSessionsInput).Permissions, i.DisableOrganizationsRootSessions),
		op("iam:ListOrganizationsFeatures", IAMKey, (*iam.ListOrganizationsFeaturesInput).Permissions, i.ListOrganizationsFeatures),

		// delegated access
		op("iam:CreateDelegationRequest", IAMKey, (*iam.CreateDelegationRequestInput).Needed, i.CreateDelegationRequest),
		op("iam:AssociateDelegationRequest", IAMKey, (*iam.AssociateDelegationRequestInput).Permissions, i.AssociateDelegationRequest),
		op("iam:GetDelegationRequest", IAMKey, (*iam.GetDelegationRequestInput).Permissions, i.GetDelegationRequest),
		op("iam:ListDelegationRequests", IAMKey, (*iam.ListDelegationRequestsInput).Permissions, i.ListDelegationRequests),
		op("iam:UpdateDelegationRequest", IAMKey, (*iam.UpdateDelegationRequestInput).Permissions, i.UpdateDelegationRequest),
		op("iam:AcceptDelegationRequest", IAMKey, (*iam.AcceptDelegationRequestInput).Permissions, i.AcceptDelegationRequest),
		op("iam:RejectDelegationRequest", IAMKey, (*iam.RejectDelegationRequestInput).Permissions, i.RejectDelegationRequest),
		op("iam:SendDelegationToken", IAMKey, (*iam.SendDelegationTokenInput).Permissions, i.SendDelegationToken),

		// what daypass has none of
		op("iam:ListInstanceProfilesForRole", IAMKey, (*iam.ListInstanceProfilesForRoleInput).Permissions, i.ListInstanceProfilesForRole),
		op("iam:ListSSHPublicKeys", IAMKey, (*iam.ListSSHPublicKeysInput).Permissions, i.ListSSHPublicKeys),
		op("iam:ListSigningCertificates", IAMKey, (*iam.ListSigningCertificatesInput).Permissions, i.ListSigningCertificates),
		op("iam:ListServiceSpecificCredentials", IAMKey, (*iam.ListServiceSpecificCredentialsInput).Permissions, i.ListServiceSpecificCredentials),

		// simulation
		op("iam:GetContextKeysForCustomPolicy", IAMKey, (*iam.GetContextKeysForCustomPolicyInput).Permissions, i.GetContextKeysForCustomPolicy),
		op("iam:GetContextKeysForPrincipalPolicy", IAMKey, (*iam.GetContextKeysForPrincipalPolicyInput).Permissions, i.GetContextKeysForPrincipalPolicy),
		op("iam:SimulateCustomPolicy", IAMKey, (*iam.SimulateCustomPolicyInput).Permissions, i.SimulateCustomPolicy),
		op("iam:SimulatePrincipalPolicy", IAMKey, (*iam.SimulatePrincipalPolicyInput).Permissions, i.SimulatePrincipalPolicy),
	}
}

// All yields every operation, in no order.
func (t *Table) All() iter.Seq[*Operation] { return maps.Values(t.rows) }

// Find returns the operation of a request to a service. What is not in the table does not exist, whatever it is called
// (spec section 1.4). versionGiven tells an absent Version from an empty one.
func (t *Table) Find(service, action, version string, versionGiven bool) (*Operation, *aws.Error) {
	if o, ok := t.rows[rowKey{service, version, action}]; ok {
		return o, nil
	}
	if !versionGiven {
		version = "NO_VERSION_SPECIFIED"
	}
	return nil, aws.Errorf(aws.InvalidAction, "Could not find operation %s for version %s", aws.Echo(action), aws.Echo(version))
}
