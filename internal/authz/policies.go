package authz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// Policies returns the policies that apply to a user, group or role by its unique id: its own, a user's groups' too, the
// permissions boundary, and the service control policies of its account. Sources are named as simulations name them
// (aws-iam section 15.2): user_NAME_POLICY for an inline policy, the policy's name for a managed one. An id that does not
// exist gives store.ErrNotFound.
func (a *Authorizer) Policies(ctx context.Context, tx *store.Tx, kind aws.ResourceType, id string) (policy.Policies, error) {
	p, accountID, err := a.ownPolicies(ctx, tx, kind, id)
	if err == nil {
		p.ServiceControl, err = a.serviceControl(ctx, tx, accountID)
	}
	return p, err
}

func (a *Authorizer) ownPolicies(ctx context.Context, tx *store.Tx, kind aws.ResourceType, id string) (p policy.Policies, accountID string, err error) {
	switch kind {
	case aws.UserResource:
		user, err := tx.User(ctx, id)
		if err != nil {
			return p, "", err
		}
		p, err := a.userPolicies(ctx, tx, user)
		return p, user.AccountID, err
	case aws.GroupResource:
		group, err := tx.Group(ctx, id)
		if err != nil {
			return p, "", err
		}
		p.Identity, err = a.entityPolicies(ctx, tx, group.AccountID, "group_"+group.GroupName, id)
		return p, group.AccountID, err
	case aws.RoleResource:
		role, err := tx.Role(ctx, id)
		if err != nil {
			return p, "", err
		}
		p, err := a.rolePolicies(ctx, tx, role)
		return p, role.AccountID, err
	case aws.AccessKeyResource, aws.DelegationResource, aws.ARNResource:
	}
	return p, "", fmt.Errorf("authz: a %s has no policies", kind)
}

// serviceControl are the service control policies that bind whoever is of an account, its root too: one level. None bind
// the management account. Another that has none may do nothing.
func (a *Authorizer) serviceControl(ctx context.Context, tx *store.Tx, accountID string) ([][]policy.Source, error) {
	account, err := tx.Account(ctx, accountID)
	if err != nil || account.Management != 0 {
		return nil, err
	}
	rows, err := tx.ServiceControlPolicies(ctx, accountID)
	if err != nil {
		return nil, err
	}
	level := make([]policy.Source, len(rows))
	for i, row := range rows {
		p, err := a.documents.parse(policy.ServiceControlPolicy, row.Document)
		if err != nil {
			return nil, fmt.Errorf("the service control policy %s of %s: %w", row.PolicyName, accountID, err)
		}
		level[i] = policy.Source{ID: row.PolicyName, Policy: p}
	}
	return [][]policy.Source{level}, nil
}

func (a *Authorizer) userPolicies(ctx context.Context, tx *store.Tx, user store.User) (p policy.Policies, err error) {
	if p.Identity, err = a.entityPolicies(ctx, tx, user.AccountID, "user_"+user.UserName, user.UserID); err != nil {
		return p, err
	}
	groups, err := tx.UserGroups(ctx, user.UserID)
	if err != nil {
		return p, err
	}
	for _, group := range groups {
		more, err := a.entityPolicies(ctx, tx, user.AccountID, "group_"+group.GroupName, group.GroupID)
		if err != nil {
			return p, err
		}
		p.Identity = append(p.Identity, more...)
	}
	own, err := a.changeOwnPassword(ctx, tx, user)
	if err != nil {
		return p, err
	}
	p.Identity = append(p.Identity, own...)
	p.Boundary, err = a.boundary(ctx, tx, user.AccountID, user.BoundaryARN)
	return p, err
}

func (a *Authorizer) rolePolicies(ctx context.Context, tx *store.Tx, role store.Role) (p policy.Policies, err error) {
	if p.Identity, err = a.entityPolicies(ctx, tx, role.AccountID, "role_"+role.RoleName, role.RoleID); err != nil {
		return p, err
	}
	p.Boundary, err = a.boundary(ctx, tx, role.AccountID, role.BoundaryARN)
	return p, err
}

// entityPolicies are the inline policies of one user, group or role, and those attached to it.
func (a *Authorizer) entityPolicies(ctx context.Context, tx *store.Tx, accountID, name, id string) ([]policy.Source, error) {
	inline, err := tx.InlinePolicies(ctx, id)
	if err != nil {
		return nil, err
	}
	var sources []policy.Source
	for _, row := range inline {
		p, err := a.documents.parse(policy.InlinePolicy, row.Document)
		if err != nil {
			return nil, fmt.Errorf("the inline policy %s of %s: %w", row.PolicyName, name, err)
		}
		sources = append(sources, policy.Source{ID: name + "_" + row.PolicyName, Policy: p})
	}
	attached, err := tx.AttachedPolicies(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, arn := range attached {
		source, err := a.managedPolicy(ctx, tx, accountID, arn)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

func (a *Authorizer) boundary(ctx context.Context, tx *store.Tx, accountID, arn string) (*policy.Source, error) {
	if arn == "" {
		return nil, nil
	}
	source, err := a.managedPolicy(ctx, tx, accountID, arn)
	return &source, err
}

// managedPolicy is the default version of a managed policy. One that is attached and can't be read is an error, never skipped:
// it may hold a Deny.
func (a *Authorizer) managedPolicy(ctx context.Context, tx *store.Tx, accountID, arn string) (policy.Source, error) {
	if p, ok := awspolicy.ByARN(arn); ok {
		parsed, err := a.documents.parse(policy.ManagedPolicy, p.Document)
		return policy.Source{ID: p.Name, ARN: arn, Policy: parsed}, err
	}
	row, err := OwnPolicy(ctx, tx, accountID, arn)
	if err != nil {
		return policy.Source{}, unreadable(arn, err)
	}
	version, err := tx.PolicyVersion(ctx, store.PolicyVersionParams{PolicyID: row.PolicyID, Version: row.DefaultVersion})
	if err != nil {
		return policy.Source{}, unreadable(arn, err)
	}
	parsed, err := a.documents.parse(policy.ManagedPolicy, version.Document)
	if err != nil {
		return policy.Source{}, unreadable(arn, err)
	}
	return policy.Source{ID: row.PolicyName, ARN: arn, Policy: parsed}, nil
}

// OwnPolicy finds one of an account's own managed policies. The ARN must be the stored one to the letter: it is what
// attachments are kept by. It fails with store.ErrNotFound for any other.
func OwnPolicy(ctx context.Context, tx *store.Tx, accountID, arn string) (store.Policy, error) {
	row, err := policyNamedIn(ctx, tx, accountID, arn)
	if err == nil && policyARN(row) != arn {
		err = store.ErrNotFound
	}
	return row, err
}

// policyNamedIn finds the policy that has the name in an ARN, ignoring case and path.
func policyNamedIn(ctx context.Context, tx *store.Tx, accountID, arn string) (store.Policy, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	return tx.PolicyByName(ctx, store.PolicyByNameParams{AccountID: accountID, NameKey: store.NameKey(name)})
}

func policyARN(p store.Policy) string { return aws.IAMARN(p.AccountID, "policy", p.Path, p.PolicyName) }

// unreadableError says that a policy can't be had. It is no store.ErrNotFound, which means that the entity is gone.
type unreadableError struct {
	arn   string
	cause error
}

func (e *unreadableError) Error() string { return fmt.Sprintf("the policy %s: %v", e.arn, e.cause) }

func unreadable(arn string, err error) error {
	if _, malformed := errors.AsType[*policy.Error](err); malformed || errors.Is(err, store.ErrNotFound) {
		return &unreadableError{arn, err}
	}
	return fmt.Errorf("the policy %s: %w", arn, err)
}

func isUnreadable(err error) bool {
	_, ok := errors.AsType[*unreadableError](err)
	return ok
}

// changeOwnPassword is what the account's password policy grants to every user by AllowUsersToChangePassword, without any
// policy attached (aws-iam section 6).
func (a *Authorizer) changeOwnPassword(ctx context.Context, tx *store.Tx, user store.User) ([]policy.Source, error) {
	rules, err := tx.PasswordPolicy(ctx, user.AccountID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil || rules.AllowUsersChange == 0 {
		return nil, err
	}
	p, err := a.documents.parse(policy.InlinePolicy, `{"Statement":[{"Effect":"Allow","Action":"iam:ChangePassword","Resource":`+
		strconv.Quote(aws.IAMARN(user.AccountID, "user", user.Path, user.UserName))+
		`},{"Effect":"Allow","Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]}`)
	return []policy.Source{{ID: "PasswordPolicy", Policy: p}}, err
}

// withOwn adds what the owner of a delegation request may do with it, without any policy attached. To accept it is not in that.
func (a *Authorizer) withOwn(p policy.Policies) (policy.Policies, error) {
	own, err := a.documents.parse(policy.InlinePolicy, `{"Statement":{"Effect":"Allow","Resource":"*","Action":[`+
		`"iam:GetDelegationRequest","iam:RejectDelegationRequest","iam:SendDelegationToken","iam:UpdateDelegationRequest"]}}`)
	p.Identity = append(slices.Clone(p.Identity), policy.Source{ID: "DelegationRequestOwner", Policy: own})
	return p, err
}

// maxDocuments bounds the memory of compiled policies, by the bytes of their texts: compiled, a text takes 10 to 60 times
// its own size.
const maxDocuments = 8 << 20

// maxBounds is the same for the documents that sessions were issued with.
const maxBounds = 1 << 20

// documents keeps compiled policies by their text. A change in one place of an account leaves most of them as they are.
type documents struct {
	mu      sync.RWMutex
	parsed  map[document]*policy.Policy
	size    int // of the texts, in bytes
	maxSize int
}

type document struct {
	grammar policy.Grammar
	text    string
}

func newDocuments(maxSize int) *documents {
	return &documents{parsed: make(map[document]*policy.Policy), maxSize: maxSize}
}

func (d *documents) parse(g policy.Grammar, text string) (*policy.Policy, error) {
	d.mu.RLock()
	p, ok := d.parsed[document{g, text}]
	d.mu.RUnlock()
	if ok {
		return p, nil
	}
	p, err := policy.Parse(g, text)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.size += len(text); d.size > d.maxSize {
		clear(d.parsed)
		d.size = len(text)
	}
	d.parsed[document{g, text}] = p
	return p, nil
}
