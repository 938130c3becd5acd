package sts

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/oidc"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// AssumeRoleWithWebIdentityInput has the parameters of AssumeRoleWithWebIdentity (spec sections 5.1 and 12).
type AssumeRoleWithWebIdentityInput struct {
	RoleArn                 string                 `required:"true" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
	RoleSessionName         string                 `required:"true" minlen:"2" maxlen:"64" pattern:"[\\w+=,.@-]*"`
	WebIdentityToken        string                 `required:"true" minlen:"4" maxlen:"20000" secret:"true"`
	ProviderId              string                 `minlen:"4" maxlen:"2048"`
	PolicyArns              []PolicyDescriptorType ``
	Policy                  string                 `minlen:"1" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	DurationSeconds         int32                  `min:"900" max:"43200"`
	MinimumSessionTokenSize int32                  `min:"0" max:"4096"`
	// Holder is no parameter: it is for the audit log, in its own place there.
	Holder aws.Bearer `wire:"-" secret:"true"`
}

// Role is the role that a session is asked of.
func (in *AssumeRoleWithWebIdentityInput) Role() string { return in.RoleArn }

// Bearer is who the token says its holder is; zero while that is not verified.
func (in *AssumeRoleWithWebIdentityInput) Bearer() aws.Bearer { return in.Holder }

// AssumeRoleWithWebIdentityOutput is the answer to AssumeRoleWithWebIdentity.
type AssumeRoleWithWebIdentityOutput struct {
	SubjectFromWebIdentityToken string
	Audience                    string
	AssumedRoleUser             AssumedRoleUser
	Credentials                 Credentials
	Provider                    string // the issuer
	PackedPolicySize            *int32 // percent; nil without policies and tags
	SourceIdentity              string
	TokenSize
}

var errNoOAuth = aws.Errorf(aws.ValidationError, "ProviderId is not supported: only OpenID Connect tokens are accepted.")

// AssumeRoleWithWebIdentity issues temporary credentials that act as a role, to the holder of a token of an OpenID Connect
// provider of the role's account, when the role trusts the provider (spec section 5.7). The request needs no signature; one
// that it has makes no difference.
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, call aws.Call, in *AssumeRoleWithWebIdentityInput) (*AssumeRoleWithWebIdentityOutput, error) {
	if err := checkRoleARN(in.RoleArn); err != nil {
		return nil, err
	}
	if in.ProviderId != "" {
		return nil, errNoOAuth
	}
	if err := s.checkDocument(in.Policy); err != nil {
		return nil, err
	}
	provider, claims, err := s.verifyWebIdentity(ctx, call, in)
	if err != nil {
		return nil, err
	}
	in.Holder = aws.Bearer{
		Type: "WebIdentityUser", PrincipalID: provider.ProviderARN + ":" + claims.Audience + ":" + claims.Subject,
		UserName: claims.Subject, IdentityProvider: provider.ProviderARN, AccountID: provider.AccountID,
	}
	r, err := webIdentityRequest(provider, claims, in)
	if err != nil {
		return nil, err
	}
	call.Caller = aws.Caller{} // whoever signed has no say
	session, err := s.assume(ctx, call, r)
	if err != nil {
		return nil, err
	}
	return &AssumeRoleWithWebIdentityOutput{
		SubjectFromWebIdentityToken: claims.Subject,
		Audience:                    claims.Audience,
		AssumedRoleUser:             session.user,
		Credentials:                 session.credentials,
		Provider:                    claims.Issuer,
		PackedPolicySize:            session.packedPolicySize,
		SourceIdentity:              claims.SourceIdentity,
		TokenSize:                   session.size,
	}, nil
}

// verifyWebIdentity finds the provider of the role's account that issued the token, and has the token verified by it. No
// other issuer is ever asked for its keys.
func (s *Service) verifyWebIdentity(ctx context.Context, call aws.Call, in *AssumeRoleWithWebIdentityInput) (store.OIDCProvider, oidc.Claims, error) {
	token, err := oidc.Parse(in.WebIdentityToken)
	if err != nil {
		return store.OIDCProvider{}, oidc.Claims{}, webIdentityError(err)
	}
	if s.Issuers.Issued(token.Issuer()) {
		return store.OIDCProvider{}, oidc.Claims{}, oidc.NoProvider(token.Issuer()).Reply()
	}
	arn, _ := aws.ParseARN(in.RoleArn)
	var provider store.OIDCProvider
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.ActiveAccount(ctx, arn.AccountID); err != nil {
			return err
		}
		provider, err = tx.OIDCProvider(ctx, aws.OIDCProviderARN(arn.AccountID, token.ProviderURL()))
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return provider, oidc.Claims{}, oidc.NoProvider(token.Issuer()).Reply()
	}
	if err != nil {
		return provider, oidc.Claims{}, aws.Internal(err)
	}
	accepted := oidc.Provider{URL: provider.Url}
	if err := json.Unmarshal([]byte(provider.ClientIds), &accepted.ClientIDs); err != nil {
		return provider, oidc.Claims{}, aws.Internal(err)
	}
	claims, err := s.WebIdentities.Verify(ctx, call.Now, token, accepted)
	return provider, claims, webIdentityError(err)
}

func webIdentityError(err error) error {
	if refusal, ok := errors.AsType[*oidc.Error](err); ok {
		return refusal.Reply()
	}
	return aws.ClientError(err)
}

// google is the one issuer that trust policies may name by its host instead of its provider's ARN, of those that issue OpenID
// Connect tokens.
const google = "accounts.google.com"

// webIdentityRequest is what the token's holder asks for, with what the token says of them (spec sections 4 and 5.7).
func webIdentityRequest(provider store.OIDCProvider, claims oidc.Claims, in *AssumeRoleWithWebIdentityInput) (roleRequest, error) {
	tags, err := claimedTags(claims.Tags, claims.TransitiveTagKeys)
	if err != nil {
		return roleRequest{}, aws.Errorf(aws.InvalidIdentityToken, "Invalid value of the claim: https://aws.amazon.com/tags").Because(err)
	}
	if err := checkSourceIdentity(claims.SourceIdentity); err != nil {
		return roleRequest{}, err
	}
	key := strings.ToLower(provider.Url)
	context := map[string][]string{
		key + ":sub": {claims.Subject}, key + ":aud": {claims.Audience}, key + ":oaud": claims.Audiences, key + ":amr": claims.AMR,
	}
	r := newRoleRequest("sts:AssumeRoleWithWebIdentity", in.RoleArn, in.RoleSessionName, aws.Session{
		Policy:            in.Policy,
		SourceIdentity:    claims.SourceIdentity,
		FederatedProvider: provider.ProviderARN,
		Context:           lasting(context, key+":sub", key+":aud", key+":amr"),
	}, tags)
	maps.Copy(r.Context, context)
	r.policyARNs, r.asked, r.minimumSize = in.PolicyArns, in.DurationSeconds, in.MinimumSessionTokenSize
	r.Bearer = &policy.Principal{Type: policy.WebIdentity, ARN: provider.ProviderARN}
	if provider.Url == google {
		r.Bearer.Name = google
	}
	r.give(key+":azp", claims.AuthorizedParty)
	r.give(keySourceIdentity, claims.SourceIdentity)
	return r, nil
}
