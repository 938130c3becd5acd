package iam

import (
	"context"
	"fmt"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// SimulateCustomPolicyInput has the parameters of SimulateCustomPolicy (aws-iam section 15.1).
type SimulateCustomPolicyInput struct {
	PolicyInputList                    []string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	OrderedOrganizationPolicyInputList []OrganizationLevel
	SimulationInput
}

// OrganizationLevel has the service control policies of one level of an organisation: its root, a unit, the account.
type OrganizationLevel struct {
	ServiceControlPolicyInputList []string `minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
}

// Permissions is all.
func (in *SimulateCustomPolicyInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// SimulateCustomPolicy decides actions on resources by policies that the request brings (aws-iam section 15). Nothing of
// the account takes part.
func (s *Service) SimulateCustomPolicy(_ context.Context, call aws.Call, in *SimulateCustomPolicyInput) (*SimulationOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "SimulateCustomPolicy", strings.Join(in.ActionNames, " "), strings.Join(in.ResourceArns, " "))
	if err != nil {
		return nil, err
	}
	sim, err := s.newSimulation(call, &in.SimulationInput, in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	if err := sim.checkCaller(); err != nil {
		return nil, err
	}
	if err := s.organize(sim, in.OrderedOrganizationPolicyInputList); err != nil {
		return nil, err
	}
	return sim.run(page)
}

// organize puts the simulation into an organisation.
func (s *Service) organize(sim *simulation, levels []OrganizationLevel) error {
	all := make([][]string, len(levels))
	for i, level := range levels {
		all[i] = level.ServiceControlPolicyInputList
	}
	if err := checkSimulatedText(all...); err != nil {
		return err
	}
	for i, documents := range all {
		parameter := fmt.Sprintf("OrderedOrganizationPolicyInputList.%d.ServiceControlPolicyInputList", i+1)
		sources, err := s.inputPolicies(policy.ServiceControlPolicy, parameter, documents)
		if err != nil {
			return err
		}
		sim.policies.ServiceControl = append(sim.policies.ServiceControl, sources)
	}
	return nil
}
