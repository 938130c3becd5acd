package verifierapi

import (
	"errors"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/policy"
	"github.com/daypass/daypass/sigv4"
)

// loan is the answer: a signing key, whose it is, and what decides what its owner may do.
type loan struct {
	AccessKeyId           string
	Date, Region, Service string
	SigningKey            []byte

	// Account is that of the verifier, which owns its resources.
	Account string

	// Arn and UserId are what GetCallerIdentity says.
	Arn, UserId string
	// Principal is whom policies are asked about: for a delegated session whom it acts for.
	Principal principal
	Session   *session `json:",omitempty"`
	Tags      []tag    `json:",omitempty"`
	// Context has the condition keys that tell of the caller, but for aws:MultiFactorAuthAge, which changes.
	Context  policy.Context
	Policies policies
}

type principal struct {
	Type, Account, Arn string
	RoleArn            string `json:",omitempty"`
	Id, SessionId      string `json:",omitempty"`
}

// session has times in seconds since 1970. MFAAuthenticatedAt is absent when there was no token code.
type session struct {
	IssuedAt, ExpiresAt int64
	MFAAuthenticatedAt  int64 `json:",omitempty"`
}

type tag struct{ Key, Value string }

// policies are those of package policy, each as its text.
type policies struct {
	Identity       []source   `json:",omitempty"`
	Boundary       *source    `json:",omitempty"`
	Session        []source   `json:",omitempty"`
	HasSession     bool       `json:",omitempty"`
	ServiceControl [][]source `json:",omitempty"`
}

// source is a policy. One without a document can't be had, and denies everything.
type source struct {
	Id       string
	Arn      string `json:",omitempty"`
	Grammar  string `json:",omitempty"`
	Document string `json:",omitempty"`
}

// recorded is what the audit log keeps of a loan.
type recorded struct{ Arn, UserId string }

var principalTypes = map[policy.PrincipalType]string{
	policy.Root: "Root", policy.User: "User", policy.RoleSession: "RoleSession", policy.FederatedUser: "FederatedUser",
}

var grammars = map[policy.Grammar]string{
	policy.ManagedPolicy: "ManagedPolicy", policy.InlinePolicy: "InlinePolicy", policy.SessionPolicy: "SessionPolicy",
	policy.ServiceControlPolicy: "ServiceControlPolicy",
}

// newLoan makes the answer. What it has no words for is an error: a policy that is left out is one that does not deny.
func newLoan(asked *input, account string, owner aws.Caller, key sigv4.SigningKey, t *authz.Terms) (*loan, error) {
	kind, ok := principalTypes[t.Principal.Type]
	if !ok || len(t.Policies.Resource) > 0 || len(t.Policies.ResourceControl) > 0 {
		return nil, errors.New("the caller or its policies are of a kind that verifiers are not told of")
	}
	l := &loan{
		AccessKeyId: asked.AccessKeyId, Date: asked.Date, Region: asked.Region, Service: asked.Service, SigningKey: key[:],
		Account: account, Arn: owner.ARN(), UserId: owner.UserID(), Context: t.Context,
		Principal: principal{
			Type: kind, Account: t.Principal.Account, Arn: t.Principal.ARN, RoleArn: t.Principal.RoleARN,
			Id: t.Principal.ID, SessionId: t.Principal.SessionID,
		},
	}
	delete(l.Context, "aws:multifactorauthage")
	if s := owner.Session; s != nil {
		l.Session = &session{IssuedAt: s.IssuedAt.Unix(), ExpiresAt: s.ExpiresAt.Unix(), MFAAuthenticatedAt: seconds(s.MFAAuthenticatedAt)}
	}
	for _, t := range t.Tags {
		l.Tags = append(l.Tags, tag{t.TagKey, t.TagValue})
	}
	var err error
	l.Policies, err = texts(&t.Policies)
	return l, err
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func texts(p *policy.Policies) (w policies, err error) {
	w.HasSession = p.HasSession
	if w.Identity, err = sources(p.Identity); err != nil {
		return w, err
	}
	if w.Session, err = sources(p.Session); err != nil {
		return w, err
	}
	if p.Boundary != nil {
		boundary, err := textOf(p.Boundary)
		if err != nil {
			return w, err
		}
		w.Boundary = &boundary
	}
	for _, level := range p.ServiceControl {
		sources, err := sources(level)
		if err != nil {
			return w, err
		}
		w.ServiceControl = append(w.ServiceControl, sources)
	}
	return w, nil
}

func sources(of []policy.Source) ([]source, error) {
	var all []source
	for i := range of {
		s, err := textOf(&of[i])
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func textOf(s *policy.Source) (source, error) {
	w := source{Id: s.ID, Arn: s.ARN}
	if s.Policy == nil {
		return w, nil
	}
	grammar, ok := grammars[s.Policy.Grammar()]
	if !ok {
		return source{}, errors.New("a policy is of a kind that verifiers are not told of")
	}
	w.Grammar, w.Document = grammar, s.Policy.Text()
	return w, nil
}
