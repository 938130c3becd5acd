package iam

import (
	"context"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// GetContextKeysForCustomPolicyInput has the parameters of GetContextKeysForCustomPolicy (aws-iam section 15.3).
type GetContextKeysForCustomPolicyInput struct {
	PolicyInputList []string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
}

// Permissions is all.
func (in *GetContextKeysForCustomPolicyInput) Permissions(aws.Call) []aws.Permission {
	return onNothing()
}

// ContextKeysOutput is the condition keys and variables of policies.
type ContextKeysOutput struct{ ContextKeyNames []string }

// GetContextKeysForCustomPolicy returns the condition keys and variables of policies that the request brings, as written and
// in the order in which they first appear (aws-iam section 15.3).
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, _ aws.Call, in *GetContextKeysForCustomPolicyInput) (*ContextKeysOutput, error) {
	if err := checkSimulatedText(in.PolicyInputList); err != nil {
		return nil, err
	}
	sources, err := s.inputPolicies(policy.InlinePolicy, "PolicyInputList", in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return contextKeys(sources), nil
}

// contextKeys are the keys of all policies. Keys that differ in case only are one key.
func contextKeys(sources []policy.Source) *ContextKeysOutput {
	out := &ContextKeysOutput{ContextKeyNames: []string{}}
	seen := map[string]bool{}
	for _, source := range sources {
		for _, key := range source.Policy.ContextKeys() {
			if folded := strings.ToLower(key); !seen[folded] {
				seen[folded] = true
				out.ContextKeyNames = append(out.ContextKeyNames, key)
			}
		}
	}
	return out
}
