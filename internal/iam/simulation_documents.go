package iam

import (
	"errors"
	"fmt"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// checkSimulatedText bounds the documents of a request.
func checkSimulatedText(documents ...[]string) error {
	size := 0
	for _, list := range documents {
		for _, document := range list {
			size += len(document)
		}
	}
	if size > maxSimulatedText {
		return aws.Errorf(aws.InvalidInput, "The policies of one request must have no more than %d bytes together.", maxSimulatedText)
	}
	return nil
}

// inputPolicies parses documents of a request. They are known by the parameter they came in.
func (s *Service) inputPolicies(g policy.Grammar, parameter string, documents []string) ([]policy.Source, error) {
	var sources []policy.Source
	for i, document := range documents {
		p, err := s.parseInput(g, document)
		if err != nil {
			return nil, err
		}
		sources = append(sources, policy.Source{ID: fmt.Sprintf("%s.%d", parameter, i+1), Policy: p})
	}
	return sources, nil
}

// setResourcePolicy parses a resource policy. It may be a role's trust policy, which AWS takes, and then leaves out.
func (s *Service) setResourcePolicy(sim *simulation, document string) error {
	if document == "" {
		return nil
	}
	p, err := policy.Parse(policy.TrustPolicy, document)
	if err != nil { // what is wrong with it as a resource policy is what is told
		if p, err = s.parseInput(policy.ResourcePolicy, document); err != nil {
			return err
		}
	}
	for _, action := range sim.actions {
		if p.Grammar() == policy.TrustPolicy && !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return aws.Errorf(aws.InvalidInput, "The trust policy in ResourcePolicy says nothing of %s.", action)
		}
	}
	sim.policies.Resource = []policy.Source{{ID: "ResourcePolicy", Policy: p}}
	return nil
}

// parseInput is parseDocument for documents that are not kept: they are refused as any other input.
func (s *Service) parseInput(g policy.Grammar, document string) (*policy.Policy, error) {
	p, err := s.parseDocument(g, document)
	if refusal, ok := errors.AsType[*aws.Error](err); ok {
		return nil, aws.Errorf(aws.InvalidInput, "%s", refusal.Message)
	}
	return p, err
}
