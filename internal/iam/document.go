package iam

import (
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
)

// parseDocument checks a policy document (aws-iam sections 5, 8 and 9).
func (s *Service) parseDocument(g policy.Grammar, text string) (*policy.Policy, error) {
	p, err := policy.Parse(g, text)
	if fault, ok := errors.AsType[*policy.Error](err); ok {
		return nil, s.malformed(fault)
	}
	return p, err
}

// malformed refuses a policy document. What is wrong with it follows AWS's text, with the place, unless only AWS's texts
// may be sent.
func (s *Service) malformed(fault *policy.Error) *aws.Error {
	text := fault.Error()
	if s.AWSMessagesOnly {
		text = fault.Message
	}
	return aws.Errorf(aws.MalformedPolicyDocument, "%s", aws.Echo(text))
}
