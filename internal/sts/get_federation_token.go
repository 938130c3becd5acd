package sts

import (
	"context"
	"maps"

	"github.com/daypass/daypass/internal/aws"
)

// GetFederationTokenInput has the parameters of GetFederationToken (spec sections 5.1 and 12).
type GetFederationTokenInput struct {
	Name                    string                 `required:"true" minlen:"2" maxlen:"32" pattern:"[\\w+=,.@-]*"`
	Policy                  string                 `minlen:"1" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	PolicyArns              []PolicyDescriptorType ``
	DurationSeconds         int32                  `min:"900" max:"129600"`
	Tags                    []Tag                  `maxitems:"50"`
	MinimumSessionTokenSize int32                  `min:"0" max:"4096"`
}

// Permissions is on the federated user, and on its tags if it gets some (spec sections 5.3, 5.6 and 5.9).
func (in *GetFederationTokenInput) Permissions(call aws.Call) []aws.Permission {
	arn := in.principal(call).ARN()
	tags, _ := newSessionTags(in.Tags, nil, call.Caller) // what is wrong with them is for the action to say
	context := make(map[string][]string)
	tags.fill(context)
	needed := []aws.Permission{{Resource: aws.Resource{ARN: arn, Text: arn}, Context: context}}
	if tags.needPermission() {
		needed = append(needed, aws.Permission{Action: "sts:TagSession", Resource: aws.Resource{ARN: arn, Text: arn}, Context: maps.Clone(context)})
	}
	return needed
}

// principal is the federated user that the caller vouches for.
func (in *GetFederationTokenInput) principal(call aws.Call) aws.Principal {
	p := call.Caller.Principal
	p.Type, p.SessionName = aws.FederatedPrincipal, in.Name
	return p
}

// FederatedUser names a federated user.
type FederatedUser struct {
	FederatedUserId string // the account, a colon, and the name
	Arn             string
}

// GetFederationTokenOutput is the answer to GetFederationToken.
type GetFederationTokenOutput struct {
	Credentials      Credentials
	FederatedUser    FederatedUser
	PackedPolicySize int32 // percent
	TokenSize
}

// GetFederationToken issues temporary credentials for somebody whom the caller vouches for. What they may do is what both the
// caller and the session policies allow; without session policies that is nothing (spec section 5.9).
func (s *Service) GetFederationToken(ctx context.Context, call aws.Call, in *GetFederationTokenInput) (*GetFederationTokenOutput, error) {
	tags, err := newSessionTags(in.Tags, nil, call.Caller)
	if err != nil {
		return nil, err
	}
	if err := s.checkDocument(in.Policy); err != nil {
		return nil, err
	}
	session := askedBy(call.Caller)
	session.Policy = in.Policy
	if session.PolicyARNs, err = s.policyARNs(ctx, call.Caller.AccountID, in.PolicyArns); err != nil {
		return nil, err
	}
	tags.give(&session)
	p := in.principal(call)
	lifetime := sessionDuration(call.Caller.Type, in.DurationSeconds)
	credentials, size, err := s.issue(ctx, call, p, session, lifetime, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	out := &GetFederationTokenOutput{
		Credentials:   credentials,
		FederatedUser: FederatedUser{FederatedUserId: p.UserID(), Arn: p.ARN()},
		TokenSize:     size,
	}
	if packed := packedPolicySize(&session); packed != nil {
		out.PackedPolicySize = *packed
	}
	return out, nil
}
