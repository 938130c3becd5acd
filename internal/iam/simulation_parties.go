package iam

import (
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// setParties says who calls, and whose the resources are (aws-iam section 15.1). A caller who is not named is somebody of
// the account that asks.
func (sim *simulation) setParties(call aws.Call, in *SimulationInput) error {
	sim.principal = policy.Principal{Type: policy.User, Account: call.Caller.AccountID}
	sim.anonymous = in.CallerArn == ""
	if in.CallerArn != "" {
		kind, arn, ok := parseEntityARN(in.CallerArn)
		if !ok || kind != aws.UserResource {
			return errNoEntityARN(in.CallerArn)
		}
		sim.principal.Account, sim.principal.ARN = arn.AccountID, in.CallerArn
	}
	if in.ResourceOwner != "" {
		owner, ok := aws.ParseARN(in.ResourceOwner)
		if !ok || !aws.IsAccountID(owner.AccountID) || in.ResourceOwner != aws.RootARN(owner.AccountID) {
			return aws.Errorf(aws.InvalidInput, "'%s' is not a valid as a Resource Owner.", in.ResourceOwner)
		}
		sim.owner = owner.AccountID
	}
	return nil
}

// checkCaller refuses a resource policy that there is nobody to compare its principals with.
func (sim *simulation) checkCaller() error {
	if len(sim.policies.Resource) > 0 && sim.principal.ARN == "" {
		return aws.Errorf(aws.InvalidInput, "CallerArn is required with ResourcePolicy.")
	}
	return nil
}

// ownerOf is the account that has a resource; empty when it is the caller's.
func (sim *simulation) ownerOf(resource string) string {
	if arn, ok := aws.ParseARN(resource); ok && aws.IsAccountID(arn.AccountID) && !sim.anonymous {
		return arn.AccountID
	}
	return sim.owner
}

// parseEntityARN takes the ARN of a user, group or role apart.
func parseEntityARN(text string) (kind aws.ResourceType, arn aws.ARN, ok bool) {
	arn, ok = aws.ParseARN(text)
	before, name, named := strings.Cut(arn.Resource, "/")
	kind = aws.ResourceType(before)
	isEntity := kind == aws.UserResource || kind == aws.GroupResource || kind == aws.RoleResource
	return kind, arn, ok && named && name != "" && !strings.HasSuffix(name, "/") && isEntity &&
		arn.Partition == aws.Partition && arn.Service == "iam" && arn.Region == "" && aws.IsAccountID(arn.AccountID)
}

func errNoEntityARN(arn string) *aws.Error {
	return aws.Errorf(aws.InvalidInput, "Invalid Entity Arn: %s does not clearly define entity type and name.", arn)
}
