package sts

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// PolicyDescriptorType names a managed policy that bounds a session.
type PolicyDescriptorType struct {
	Arn string `wire:"arn" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
}

// maxPolicyARNs is how many managed policies a session may be bounded with (spec section 9.4).
const maxPolicyARNs = 10

// checkDocument checks the document that a session is to be bounded with, if there is one.
func (s *Service) checkDocument(document string) error {
	if document == "" {
		return nil
	}
	_, err := policy.Parse(policy.SessionPolicy, document)
	fault, malformed := errors.AsType[*policy.Error](err)
	switch {
	case err == nil:
		return nil
	case !malformed:
		return aws.Internal(err)
	case s.AWSMessagesOnly:
		return aws.Errorf(aws.MalformedPolicyDocument, "%s", aws.Echo(fault.Message))
	}
	return aws.Errorf(aws.MalformedPolicyDocument, "%s", aws.Echo(fault.Error()))
}

// policyARNs checks the managed policies that a session is to be bounded with. They must be those of the session's account,
// or AWS's.
func (s *Service) policyARNs(ctx context.Context, accountID string, named []PolicyDescriptorType) ([]string, error) {
	if len(named) > maxPolicyARNs {
		return nil, aws.Errorf(aws.ValidationError, "The number of session policies exceeds the limit of %d.", maxPolicyARNs)
	}
	var arns []string
	for _, p := range named {
		arns = append(arns, p.Arn)
	}
	return arns, s.checkPolicyARNs(ctx, accountID, arns)
}

func (s *Service) checkPolicyARNs(ctx context.Context, accountID string, arns []string) error {
	if len(arns) == 0 {
		return nil
	}
	err := s.Store.View(ctx, func(tx *store.Tx) error {
		for _, arn := range arns {
			if _, ok := awspolicy.ByARN(arn); ok {
				continue
			}
			_, err := authz.OwnPolicy(ctx, tx, accountID, arn)
			if errors.Is(err, store.ErrNotFound) {
				return aws.Errorf(aws.MalformedPolicyDocument, "Policy %s does not exist or is not attachable.", aws.Echo(arn))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return aws.ClientError(err)
}
