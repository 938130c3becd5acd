package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// GetContextKeysForPrincipalPolicyInput has the parameters of GetContextKeysForPrincipalPolicy (aws-iam section 15.3).
type GetContextKeysForPrincipalPolicyInput struct {
	PolicySourceArn string   `required:"true" minlen:"20" maxlen:"2048"`
	PolicyInputList []string `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
}

// Permissions is the user, group or role.
func (in *GetContextKeysForPrincipalPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onPolicySource(call, in.PolicySourceArn)
}

// GetContextKeysForPrincipalPolicy returns the condition keys and variables of the policies of a user, group or role, its
// boundary included, and of those that the request adds (aws-iam section 15.3).
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, call aws.Call, in *GetContextKeysForPrincipalPolicyInput) (*ContextKeysOutput, error) {
	if err := checkSimulatedText(in.PolicyInputList); err != nil {
		return nil, err
	}
	added, err := s.inputPolicies(policy.InlinePolicy, "PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	var source policySource
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		source, err = s.policySource(ctx, tx, call, in.PolicySourceArn)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := source.policies.Identity
	if boundary := source.policies.Boundary; boundary != nil {
		all = append(all, *boundary)
	}
	return contextKeys(append(all, added...)), nil
}
