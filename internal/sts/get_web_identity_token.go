package sts

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/webidentity"
)

// webIdentityDefault is how long a web identity token lives when the request does not say (spec section 6).
const webIdentityDefault = 300

// GetWebIdentityTokenInput has the parameters of GetWebIdentityToken (spec section 5.1).
type GetWebIdentityTokenInput struct {
	Audience         []string `required:"true" minitems:"1" maxitems:"10" minlen:"1" maxlen:"1000"`
	DurationSeconds  int32    `min:"60" max:"3600"`
	SigningAlgorithm string   `required:"true" minlen:"5" maxlen:"5" enum:"RS256,ES384"`
	Tags             []Tag    `maxitems:"50"`
}

// Permissions is the caller's own session, and to tag it when tags are passed (spec section 4). Policies see the duration that
// the token will have, given or not.
func (in *GetWebIdentityTokenInput) Permissions(call aws.Call) []aws.Permission {
	self := aws.ARN{Partition: aws.Partition, Service: "sts", AccountID: call.Caller.AccountID, Resource: "self"}.String()
	needed := aws.Permission{
		Resource: aws.Resource{ARN: self, Text: self},
		Context: map[string][]string{
			aws.KeyIdentityTokenAudience: in.Audience,
			aws.KeySigningAlgorithm:      {in.SigningAlgorithm},
			aws.KeyDurationSeconds:       {strconv.Itoa(int(in.seconds()))},
		},
	}
	if len(in.Tags) == 0 {
		return []aws.Permission{needed}
	}
	for _, tag := range in.Tags {
		key := aws.KeyRequestTag + aws.FoldTagKey(tag.Key)
		needed.Context[key] = append(needed.Context[key], *tag.Value)
		needed.Context[aws.KeyTagKeys] = append(needed.Context[aws.KeyTagKeys], tag.Key)
	}
	tagging := needed
	tagging.Action = "sts:TagGetWebIdentityToken"
	return []aws.Permission{needed, tagging}
}

func (in *GetWebIdentityTokenInput) seconds() int32 {
	return cmp.Or(in.DurationSeconds, webIdentityDefault)
}

// GetWebIdentityTokenOutput is a token for somebody outside.
type GetWebIdentityTokenOutput struct {
	WebIdentityToken string `secret:"true"`
	Expiration       time.Time
}

// GetWebIdentityToken returns a JSON Web Token that tells others who the caller is. The issuer of the account signs it, and
// anybody can check it with the keys that the issuer publishes (spec section 5.11).
func (s *Service) GetWebIdentityToken(ctx context.Context, call aws.Call, in *GetWebIdentityTokenInput) (*GetWebIdentityTokenOutput, error) {
	requestTags, err := in.tags()
	if err != nil {
		return nil, err
	}
	issuedAt := call.Now.UTC().Truncate(time.Second)
	expiresAt := issuedAt.Add(time.Duration(in.seconds()) * time.Second)
	if session := call.Caller.Session; session != nil && expiresAt.After(session.ExpiresAt) {
		return nil, errEscalation
	}
	identity, err := s.identityClaims(ctx, call)
	if err != nil {
		return nil, err
	}
	if len(requestTags) > 0 {
		identity["request_tags"] = requestTags
	}
	token, err := s.Issuers.Sign(ctx, call.Caller.AccountID, in.SigningAlgorithm, webidentity.Claims{
		ID:        aws.NewRequestID(),
		Subject:   subject(call.Caller),
		Audience:  in.Audience,
		IssuedAt:  issuedAt,
		ExpiresAt: expiresAt,
		Identity:  identity,
	}, call.Now)
	if err != nil {
		return nil, fromIssuer(err)
	}
	return &GetWebIdentityTokenOutput{WebIdentityToken: token, Expiration: expiresAt}, nil
}

var errEscalation = aws.Errorf(aws.SessionDurationEscalation,
	"The requested token duration would extend the session beyond its original expiration time.")

// fromIssuer gives the issuer's errors AWS's names.
func fromIssuer(err error) *aws.Error {
	switch {
	case errors.Is(err, webidentity.ErrDisabled):
		return aws.Errorf(aws.OutboundFederationDisabled, "Outbound web identity federation is disabled for your account.").Because(err)
	case errors.Is(err, webidentity.ErrPayloadSize):
		return aws.Errorf(aws.JWTPayloadSizeExceeded, "The requested token payload size exceeds the maximum allowed size.").Because(err)
	}
	return aws.Internal(err)
}

// tags are the tags that the request gives to the token. Tag keys are the same in any case (spec section 5.5); those of AWS's
// own are not reserved here.
func (in *GetWebIdentityTokenInput) tags() (map[string]any, error) {
	tags := make(map[string]any, len(in.Tags))
	for i, tag := range in.Tags {
		if slices.ContainsFunc(in.Tags[:i], func(before Tag) bool { return aws.SameTagKey(before.Key, tag.Key) }) {
			return nil, errDuplicateTag
		}
		tags[tag.Key] = *tag.Value
	}
	return tags, nil
}

// subject is the ARN of the principal: of a session, the user's or the role's.
func subject(c aws.Caller) string {
	if c.Type == aws.RolePrincipal {
		return c.RoleARN()
	}
	return c.ARN()
}

// identityClaims are AWS's own claims about the caller (spec section 5.11). What does not apply is left out.
func (s *Service) identityClaims(ctx context.Context, call aws.Call) (map[string]any, error) {
	claims := map[string]any{
		"aws_account":   call.Caller.AccountID,
		"principal_id":  subject(call.Caller),
		"source_region": call.Region,
	}
	if session := call.Caller.Session; session != nil {
		claims["original_session_exp"] = session.ExpiresAt.UTC().Format(time.RFC3339)
		claim(claims, "source_identity", session.SourceIdentity)
		claim(claims, "federated_provider", session.FederatedProvider)
	}
	tags, err := s.Authorizer.PrincipalTags(ctx, call)
	if len(tags) > 0 {
		byKey := make(map[string]any, len(tags))
		for _, tag := range tags {
			byKey[tag.TagKey] = tag.TagValue
		}
		claims["principal_tags"] = byKey
	}
	return claims, err
}

func claim(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}
