package sts

import (
	"context"
	"errors"

	"github.com/daypass/daypass/internal/aws"
)

// AssumeRoleInput has the parameters of AssumeRole (spec sections 5.1 and 12).
type AssumeRoleInput struct {
	RoleArn                 string                 `required:"true" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
	RoleSessionName         string                 `required:"true" minlen:"2" maxlen:"64" pattern:"[\\w+=,.@-]*"`
	PolicyArns              []PolicyDescriptorType ``
	Policy                  string                 `minlen:"1" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	DurationSeconds         int32                  `min:"900" max:"43200"`
	Tags                    []Tag                  `maxitems:"50"`
	TransitiveTagKeys       []string               `maxitems:"50" minlen:"1" maxlen:"128" pattern:"[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"`
	ExternalId              string                 `minlen:"2" maxlen:"1224" pattern:"[\\w+=,.@:\\/-]*"`
	SerialNumber            string                 `minlen:"9" maxlen:"256" pattern:"[\\w+=/:,.@-]*"`
	TokenCode               string                 `minlen:"6" maxlen:"6" pattern:"[\\d]*" secret:"true"`
	SourceIdentity          string                 `minlen:"2" maxlen:"64" pattern:"[\\w+=,.@-]*"`
	ProvidedContexts        []ProvidedContext      `minitems:"1" maxitems:"5"`
	MinimumSessionTokenSize int32                  `min:"0" max:"4096"`
	// IncomingTransitiveTags are those of the calling session. No request has them: they are for the audit log.
	IncomingTransitiveTags map[string]string `wire:"-"`
}

// Role is the role that a session is asked of.
func (in *AssumeRoleInput) Role() string { return in.RoleArn }

// ProvidedContext is an assertion of a context provider.
type ProvidedContext struct {
	ProviderArn      string `minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
	ContextAssertion string `minlen:"4" maxlen:"2048" secret:"true"`
}

// AssumeRoleOutput is the answer to AssumeRole.
type AssumeRoleOutput struct {
	AssumedRoleUser  AssumedRoleUser
	Credentials      Credentials
	PackedPolicySize *int32 // percent; nil without policies and tags
	SourceIdentity   string
	TokenSize
}

var errNoContextProviders = aws.Errorf(aws.ValidationError, "ProvidedContexts is not supported: there are no context providers.")

// AssumeRole issues temporary credentials that act as a role, when the role trusts the caller (spec sections 5.3 to 5.6).
func (s *Service) AssumeRole(ctx context.Context, call aws.Call, in *AssumeRoleInput) (*AssumeRoleOutput, error) {
	in.IncomingTransitiveTags = incoming(call.Caller)
	r, err := s.roleRequest(ctx, call, in)
	if err != nil {
		return nil, err
	}
	session, err := s.assume(ctx, call, r)
	if err != nil {
		return nil, err
	}
	return &AssumeRoleOutput{
		AssumedRoleUser:  session.user,
		Credentials:      session.credentials,
		PackedPolicySize: session.packedPolicySize,
		SourceIdentity:   r.session.SourceIdentity,
		TokenSize:        session.size,
	}, nil
}

// roleRequest reads the parameters. The token code is judged last: it is spent then, whatever comes of the request.
func (s *Service) roleRequest(ctx context.Context, call aws.Call, in *AssumeRoleInput) (r roleRequest, err error) {
	if err := checkRoleARN(in.RoleArn); err != nil {
		return r, err
	}
	if len(in.ProvidedContexts) > 0 {
		return r, errNoContextProviders
	}
	if err := s.checkDocument(in.Policy); err != nil {
		return r, err
	}
	tags, err := newSessionTags(in.Tags, in.TransitiveTagKeys, call.Caller)
	if err != nil {
		return r, err
	}
	session := askedBy(call.Caller)
	session.Policy = in.Policy
	if session.SourceIdentity, err = sourceIdentity(call, in); err != nil {
		return r, err
	}
	r = newRoleRequest("sts:AssumeRole", in.RoleArn, in.RoleSessionName, session, tags)
	r.policyARNs, r.asked, r.minimumSize = in.PolicyArns, in.DurationSeconds, in.MinimumSessionTokenSize
	r.give(keyExternalID, in.ExternalId)
	r.give(keySourceIdentity, in.SourceIdentity)
	r.MFA, err = s.MFA.TokenCode(ctx, s.Store, call, in.SerialNumber, in.TokenCode)
	return r, err
}

// sourceIdentity is who the session says it acts for. Once said, it can't be unsaid by asking for another session.
func sourceIdentity(call aws.Call, in *AssumeRoleInput) (string, error) {
	if call.Caller.Session == nil || call.Caller.Session.SourceIdentity == "" {
		return in.SourceIdentity, nil
	}
	inherited := call.Caller.Session.SourceIdentity
	if in.SourceIdentity != "" && in.SourceIdentity != inherited {
		return "", aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: sts:SetSourceIdentity on resource: %s",
			call.Caller.ARN(), in.RoleArn).Because(errors.New("the source identity of the calling session is another"))
	}
	return inherited, nil
}

// incoming are the tags that the caller's session hands on, by key.
func incoming(c aws.Caller) map[string]string {
	if c.Session == nil || len(c.Session.TransitiveTagKeys) == 0 {
		return nil
	}
	tags := make(map[string]string)
	for _, tag := range c.Session.TransitiveTags() {
		tags[tag.Key] = tag.Value
	}
	return tags
}
