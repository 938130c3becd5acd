package sts

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// DecodeAuthorizationMessageInput has the parameters of DecodeAuthorizationMessage (spec section 5.1).
type DecodeAuthorizationMessageInput struct {
	// Kept out of the audit log: it is long, nobody can read it, and what is no message may be anything.
	EncodedMessage string `required:"true" minlen:"1" maxlen:"10240" secret:"true"`
}

// Permissions says that policies are asked about no resource, and that AccessDenied names none (spec section 5.6).
func (in *DecodeAuthorizationMessageInput) Permissions(aws.Call) []aws.Permission {
	return []aws.Permission{{Resource: aws.Resource{ARN: "*"}}}
}

// DecodeAuthorizationMessageOutput is what the message tells, as JSON.
type DecodeAuthorizationMessageOutput struct {
	DecodedMessage string
}

// DecodeAuthorizationMessage tells why a principal of the caller's account was refused (spec section 5.10).
func (s *Service) DecodeAuthorizationMessage(ctx context.Context, call aws.Call, in *DecodeAuthorizationMessageInput) (*DecodeAuthorizationMessageOutput, error) {
	messages, err := s.Messages.At(ctx, call.Now)
	if err != nil {
		return nil, aws.Internal(err)
	}
	text, err := messages.Open(in.EncodedMessage, call.Caller.AccountID, call.Now)
	if err != nil { // the same for each reason: a stranger's message must not be told from a forged one
		return nil, aws.Errorf(aws.InvalidAuthorizationMessage, "Message is not valid").Because(err)
	}
	return &DecodeAuthorizationMessageOutput{DecodedMessage: text}, nil
}
