package aws

// ResourceType is the kind of an IAM resource that has a name and a path, as in its ARN.
type ResourceType string

// The kinds of resource whose path is looked up.
const (
	UserResource  ResourceType = "user"
	GroupResource ResourceType = "group"
	RoleResource  ResourceType = "role"
	// AccessKeyResource names an access key id, and stands for the user who has the key.
	AccessKeyResource ResourceType = "access-key"
	// DelegationResource is a delegation request, known by its id.
	DelegationResource ResourceType = "delegation-request"
	// ARNResource is known by its ARN, or its serial number: a policy, an MFA device, an identity provider.
	ARNResource ResourceType = "arn"
)

// Resource is what an action is authorised on.
type Resource struct {
	// ARN is what policies are asked about; "*" for actions without a resource.
	ARN string
	// Text is what AccessDenied prints after "on resource: " (aws-iam section 16); empty when it names none.
	Text string
	// Type and Name say what is looked up for its tags and its boundary. What is stored under the name of a user, group or
	// role, ignoring case, takes the place of ARN: its path and spelling are not the request's to say. Empty for what the
	// request itself creates, which is as it says.
	Type ResourceType
	Name string
	// NewPath and NewName take the place of the stored ones in the ARN: the request renames the entity. Empty for what stays.
	NewPath, NewName string
}

// The condition keys that requests and their resources fill (aws-iam section 16, spec section 4), in lower case. The tag's key
// follows KeyRequestTag and KeyResourceTag.
const (
	KeyPermissionsBoundary = "iam:permissionsboundary"
	KeyPolicyARN           = "iam:policyarn"
	KeyRequestTag          = "aws:requesttag/"
	KeyResourceTag         = "aws:resourcetag/"
	KeyTagKeys             = "aws:tagkeys"

	KeyDurationSeconds       = "sts:durationseconds"
	KeyIdentityTokenAudience = "sts:identitytokenaudience" //nolint:gosec // the name of a condition key
	KeySigningAlgorithm      = "sts:signingalgorithm"
)

// Permission is something a caller must be allowed: an action on a resource.
type Permission struct {
	Action   string // such as iam:TagUser; empty for the operation's own
	Resource Resource
	// Context has the condition keys that the request's own parameters fill.
	Context map[string][]string
}
