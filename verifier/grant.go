package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/daypass/daypass/policy"
	"github.com/daypass/daypass/sigv4"
)

// grant is what daypass says of credentials. It never changes.
type grant struct {
	key       sigv4.SigningKey
	identity  Identity
	account   string // the verifier's
	principal policy.Principal
	policies  policy.Policies
	context   policy.Context
	weight    int
}

// Format keeps the key out of logs: fmt does not ask it, for it is not exported.
func (g grant) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "grant(%s, redacted)", g.identity.ARN)
}

// answer is what daypass sends.
type answer struct {
	AccessKeyId, Date, Region, Service string
	SigningKey                         []byte
	Account                            string
	Arn, UserId                        string
	Principal                          struct{ Type, Account, Arn, RoleArn, Id, SessionId string }
	Session                            *struct{ IssuedAt, ExpiresAt, MFAAuthenticatedAt int64 }
	Tags                               []struct{ Key, Value string }
	Context                            policy.Context
	Policies                           struct {
		Identity       []source
		Boundary       *source
		Session        []source
		HasSession     bool
		ServiceControl [][]source
	}
}

// source is a policy. One without a document can't be had, and denies everything.
type source struct{ Id, Arn, Grammar, Document string }

var principalTypes = map[string]policy.PrincipalType{
	"Root": policy.Root, "User": policy.User, "RoleSession": policy.RoleSession, "FederatedUser": policy.FederatedUser,
}

var grammars = map[string]policy.Grammar{
	"ManagedPolicy": policy.ManagedPolicy, "InlinePolicy": policy.InlinePolicy, "SessionPolicy": policy.SessionPolicy,
	"ServiceControlPolicy": policy.ServiceControlPolicy,
}

// parseAnswer makes a grant of what daypass said. A member that is not known is an error: it may be one that forbids.
func (v *Verifier) parseAnswer(asked question, body []byte) (*grant, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var a answer
	if err := decoder.Decode(&a); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	kind, ok := principalTypes[a.Principal.Type]
	switch {
	case a.AccessKeyId != asked.AccessKeyId, a.Date != asked.Date, a.Region != asked.Region, a.Service != asked.Service:
		return nil, errors.New("it is to another question")
	case len(a.SigningKey) != len(sigv4.SigningKey{}):
		return nil, errors.New("the signing key is none")
	case !ok:
		return nil, fmt.Errorf("the kind of principal %q is not known", a.Principal.Type)
	case a.Arn == "", a.Account == "", a.Principal.Account == "", len(a.Context) == 0:
		return nil, errors.New("it does not say who the caller is")
	}
	g := &grant{
		key: sigv4.SigningKey(a.SigningKey), identity: a.identity(), account: a.Account, context: a.Context,
		principal: policy.Principal{
			Type: kind, Account: a.Principal.Account, ARN: a.Principal.Arn, RoleARN: a.Principal.RoleArn,
			ID: a.Principal.Id, SessionID: a.Principal.SessionId,
		},
	}
	var err error
	g.policies, err = v.compile(&a)
	g.weight = a.weight(len(body))
	return g, err
}

func (a *answer) identity() Identity {
	id := Identity{ARN: a.Arn, UserID: a.UserId, Account: a.Principal.Account, AccessKeyID: a.AccessKeyId, Tags: map[string]string{}}
	for _, tag := range a.Tags {
		id.Tags[tag.Key] = tag.Value
	}
	if s := a.Session; s != nil {
		id.Session = &Session{IssuedAt: time.Unix(s.IssuedAt, 0).UTC(), ExpiresAt: time.Unix(s.ExpiresAt, 0).UTC()}
		if s.MFAAuthenticatedAt != 0 {
			id.Session.MFAAuthenticatedAt = time.Unix(s.MFAAuthenticatedAt, 0).UTC()
		}
	}
	return id
}

// weight counts what a session's own policies take once they are compiled: no other grant shares them.
func (a *answer) weight(size int) int {
	for _, s := range a.Policies.Session {
		size += 30 * len(s.Document)
	}
	return size
}

func (v *Verifier) compile(a *answer) (p policy.Policies, err error) {
	p.HasSession = a.Policies.HasSession
	if p.Identity, err = v.sources(a.Policies.Identity); err != nil {
		return p, err
	}
	if p.Session, err = v.sources(a.Policies.Session); err != nil {
		return p, err
	}
	if b := a.Policies.Boundary; b != nil {
		boundary, err := v.sources([]source{*b})
		if err != nil {
			return p, err
		}
		p.Boundary = &boundary[0]
	}
	for _, level := range a.Policies.ServiceControl {
		sources, err := v.sources(level)
		if err != nil {
			return p, err
		}
		p.ServiceControl = append(p.ServiceControl, sources)
	}
	return p, nil
}

func (v *Verifier) sources(texts []source) ([]policy.Source, error) {
	var all []policy.Source
	for _, s := range texts {
		compiled := policy.Source{ID: s.Id, ARN: s.Arn}
		if s.Document != "" {
			grammar, ok := grammars[s.Grammar]
			if !ok {
				return nil, fmt.Errorf("the kind of policy %q is not known", s.Grammar)
			}
			var err error
			if compiled.Policy, err = v.documents.parse(grammar, s.Document); err != nil {
				return nil, fmt.Errorf("the policy %s: %w", s.Id, err)
			}
		}
		all = append(all, compiled)
	}
	return all, nil
}

// maxDocuments bounds the memory of compiled policies, by the bytes of their texts.
const maxDocuments = 8 << 20

// documents keeps compiled policies by their text: most answers have those that the last one had.
type documents struct {
	mu     sync.Mutex
	parsed map[document]*policy.Policy
	size   int
}

type document struct {
	grammar policy.Grammar
	text    string
}

func (d *documents) parse(g policy.Grammar, text string) (*policy.Policy, error) {
	key := document{g, text}
	d.mu.Lock()
	p, ok := d.parsed[key]
	d.mu.Unlock()
	if ok {
		return p, nil
	}
	p, err := policy.Parse(g, text)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.size += len(text); d.parsed == nil || d.size > maxDocuments {
		d.parsed, d.size = make(map[document]*policy.Policy), len(text)
	}
	d.parsed[key] = p
	return p, nil
}
