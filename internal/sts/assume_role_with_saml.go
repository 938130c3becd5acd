package sts

import (
	"context"
	"errors"
	"maps"
	"sync"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/saml"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// AssumeRoleWithSAMLInput has the parameters of AssumeRoleWithSAML (spec sections 5.1 and 12).
type AssumeRoleWithSAMLInput struct {
	RoleArn                 string                 `required:"true" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
	PrincipalArn            string                 `required:"true" minlen:"20" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"`
	SAMLAssertion           string                 `required:"true" minlen:"4" maxlen:"100000" secret:"true"`
	PolicyArns              []PolicyDescriptorType ``
	Policy                  string                 `minlen:"1" maxlen:"2048" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"`
	DurationSeconds         int32                  `min:"900" max:"43200"`
	MinimumSessionTokenSize int32                  `min:"0" max:"4096"`
	// Holder is no parameter: it is for the audit log, in its own place there.
	Holder aws.Bearer `wire:"-" secret:"true"`
}

// Role is the role that a session is asked of.
func (in *AssumeRoleWithSAMLInput) Role() string { return in.RoleArn }

// Bearer is who the assertion is about; zero while that is not verified.
func (in *AssumeRoleWithSAMLInput) Bearer() aws.Bearer { return in.Holder }

// AssumeRoleWithSAMLOutput is the answer to AssumeRoleWithSAML.
type AssumeRoleWithSAMLOutput struct {
	Credentials      Credentials
	AssumedRoleUser  AssumedRoleUser
	PackedPolicySize *int32 // percent; nil without policies and tags
	Subject          string
	SubjectType      string
	Issuer           string
	Audience         string // the recipient
	NameQualifier    string
	SourceIdentity   string
	TokenSize
}

var (
	errNoSAMLProvider = aws.Errorf(aws.InvalidIdentityToken, "Specified provider doesn't exist.")
	errSAML           = aws.Errorf(aws.AccessDenied, "Not authorized to perform sts:AssumeRoleWithSAML")
	errUsed           = aws.Errorf(aws.InvalidIdentityToken, "Your request included an invalid SAML response.").
				Because(errors.New("the assertion was used before"))
)

// AssumeRoleWithSAML issues temporary credentials that act as a role, to whom an assertion of a SAML provider is about, when
// the assertion names the role and the role trusts the provider (spec section 5.8). An assertion is good once. The request
// needs no signature; one that it has makes no difference.
func (s *Service) AssumeRoleWithSAML(ctx context.Context, call aws.Call, in *AssumeRoleWithSAMLInput) (*AssumeRoleWithSAMLOutput, error) {
	if err := checkRoleARN(in.RoleArn); err != nil {
		return nil, err
	}
	if err := s.checkDocument(in.Policy); err != nil {
		return nil, err
	}
	provider, assertion, err := s.verifyAssertion(ctx, call, in)
	if err != nil {
		return nil, err
	}
	qualifier := saml.NameQualifier(assertion.Issuer, provider.AccountID, provider.ProviderName)
	in.Holder = aws.Bearer{
		Type: "SAMLUser", PrincipalID: qualifier + ":" + assertion.Subject, UserName: assertion.Subject,
		IdentityProvider: provider.ProviderARN, AccountID: provider.AccountID,
	}
	r, err := samlRequest(provider, assertion, in)
	if err != nil {
		return nil, err
	}
	r.spend = func() error { return s.spendAssertion(ctx, provider, assertion) }
	call.Caller = aws.Caller{} // whoever signed has no say
	session, err := s.assume(ctx, call, r)
	if err != nil {
		return nil, err
	}
	return &AssumeRoleWithSAMLOutput{
		Credentials:      session.credentials,
		AssumedRoleUser:  session.user,
		PackedPolicySize: session.packedPolicySize,
		Subject:          assertion.Subject,
		SubjectType:      assertion.SubjectType,
		Issuer:           assertion.Issuer,
		Audience:         assertion.Recipient,
		NameQualifier:    qualifier,
		SourceIdentity:   assertion.SourceIdentity,
		TokenSize:        session.size,
	}, nil
}

// samlProviders keeps providers. Their metadata may be megabytes, and strangers choose when it is needed.
type samlProviders struct {
	once sync.Once
	kept *store.Cache[samlProvider]
}

// samlProvider has no text of its metadata.
type samlProvider struct {
	store.SAMLProvider
	metadata *saml.Metadata
}

// samlProvider finds a provider of an account that is active, by its ARN.
func (s *Service) samlProvider(ctx context.Context, call aws.Call, arn string) (samlProvider, error) {
	s.samlProviders.once.Do(func() { s.samlProviders.kept = store.NewCache[samlProvider](s.Store.Generation) })
	return s.samlProviders.kept.Get(ctx, arn, call.Now, func() (provider samlProvider, err error) {
		err = s.Store.View(ctx, func(tx *store.Tx) (err error) {
			if provider.SAMLProvider, err = tx.SAMLProvider(ctx, arn); err != nil {
				return err
			}
			_, err = tx.ActiveAccount(ctx, provider.AccountID)
			return err
		})
		if err != nil {
			return provider, err
		}
		provider.metadata, err = saml.ParseMetadata(provider.Metadata)
		provider.Metadata = ""
		return provider, err
	})
}

// verifyAssertion finds the provider that the request names, and has the assertion verified by its metadata.
func (s *Service) verifyAssertion(ctx context.Context, call aws.Call, in *AssumeRoleWithSAMLInput) (store.SAMLProvider, *saml.Assertion, error) {
	provider, err := s.samlProvider(ctx, call, in.PrincipalArn)
	if errors.Is(err, store.ErrNotFound) {
		return store.SAMLProvider{}, nil, errNoSAMLProvider
	}
	if err != nil {
		return store.SAMLProvider{}, nil, aws.Internal(err)
	}
	assertion, err := saml.Verify(call.Now, in.SAMLAssertion, provider.metadata, saml.NewExpect(s.SAMLAudiences...))
	return provider.SAMLProvider, assertion, err
}

// spendAssertion takes an assertion for used.
func (s *Service) spendAssertion(ctx context.Context, provider store.SAMLProvider, a *saml.Assertion) error {
	var first int64
	err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
		// Two providers may have one issuer's name: each has its own assertions.
		first, err = tx.UseAssertion(ctx, provider.ProviderARN, a.ID, a.NotOnOrAfter)
		return err
	})
	switch {
	case err != nil:
		return aws.Internal(err)
	case first == 0:
		return errUsed
	}
	return nil
}

// samlRequest is what the subject asks for, with what the assertion says of them (spec sections 4 and 5.8).
func samlRequest(provider store.SAMLProvider, a *saml.Assertion, in *AssumeRoleWithSAMLInput) (roleRequest, error) {
	if role, ok := aws.ParseARN(in.RoleArn); !ok || role.AccountID != provider.AccountID || !a.May(in.RoleArn, in.PrincipalArn) {
		return roleRequest{}, errSAML.Because(errors.New("the assertion does not name the role with this provider"))
	}
	tags, err := claimedTags(a.Tags, a.TransitiveTagKeys)
	if err != nil {
		return roleRequest{}, aws.Errorf(aws.InvalidIdentityToken, "Your request included an invalid SAML response.").Because(err)
	}
	context := a.Context(provider.AccountID, provider.ProviderName)
	r := newRoleRequest("sts:AssumeRoleWithSAML", in.RoleArn, a.RoleSessionName, aws.Session{
		Policy:            in.Policy,
		SourceIdentity:    a.SourceIdentity,
		FederatedProvider: provider.ProviderARN,
		Context:           lasting(context, "saml:namequalifier", "saml:sub", "saml:sub_type"),
	}, tags)
	maps.Copy(r.Context, context)
	r.policyARNs, r.asked, r.minimumSize = in.PolicyArns, in.DurationSeconds, in.MinimumSessionTokenSize
	r.until, r.most = a.SessionNotOnOrAfter, a.SessionDuration
	r.Bearer = &policy.Principal{Type: policy.SAMLIdentity, ARN: provider.ProviderARN}
	r.give(keySourceIdentity, a.SourceIdentity)
	return r, nil
}
