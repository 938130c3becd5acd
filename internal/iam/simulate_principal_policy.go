package iam

import (
	"context"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// SimulatePrincipalPolicyInput has the parameters of SimulatePrincipalPolicy (aws-iam section 15.1).
type SimulatePrincipalPolicyInput struct {
	PolicySourceArn string   `required:"true" minlen:"20" maxlen:"2048"`
	PolicyInputList []string `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	SimulationInput
}

// Permissions is the user, group or role whose policies are asked.
func (in *SimulatePrincipalPolicyInput) Permissions(call aws.Call) []aws.Permission {
	return onPolicySource(call, in.PolicySourceArn)
}

// SimulatePrincipalPolicy decides actions on resources by the policies of a user, group or role, and those that the request
// adds (aws-iam section 15). It asks the engine, and the policies, that decide the requests of that user.
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, call aws.Call, in *SimulatePrincipalPolicyInput) (*SimulationOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "SimulatePrincipalPolicy", in.PolicySourceArn,
		strings.Join(in.ActionNames, " "), strings.Join(in.ResourceArns, " "))
	if err != nil {
		return nil, err
	}
	sim, err := s.newSimulation(call, &in.SimulationInput, in.PolicyInputList)
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
	sim.policies.Identity = append(source.policies.Identity, sim.policies.Identity...)
	sim.policies.ServiceControl = source.policies.ServiceControl
	if sim.policies.Boundary == nil {
		sim.policies.Boundary = source.policies.Boundary
	}
	if sim.anonymous {
		sim.anonymous = false
		if source.kind == aws.UserResource {
			sim.principal = policy.Principal{Type: policy.User, Account: call.Caller.AccountID, ARN: in.PolicySourceArn, ID: source.id}
		}
	}
	if err := sim.checkCaller(); err != nil {
		return nil, err
	}
	return sim.run(page)
}
