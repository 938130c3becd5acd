package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// maxTrustPolicySize is how many characters that are no white space a trust policy may have (aws-iam section 14).
const maxTrustPolicySize = 2048

// parseTrustPolicy checks all of a trust policy but whether its principals exist.
func (s *Service) parseTrustPolicy(text string) (*policy.Policy, error) {
	p, err := s.parseDocument(policy.TrustPolicy, text)
	if err != nil {
		return nil, err
	}
	if policy.Size(text) > maxTrustPolicySize {
		return nil, errQuota("ACLSizePerRole", maxTrustPolicySize)
	}
	return p, nil
}

// storedTrustPolicy is a trust policy with unique ids in the place of the ARNs of users and roles: it follows who is
// renamed, and does not trust who is made again under an old name (aws-iam section 9). Principals that do not exist are
// refused.
func (s *Service) storedTrustPolicy(ctx context.Context, tx *store.Tx, p *policy.Policy) (string, error) {
	stored := make(map[string]string)
	for named := range p.Principals() {
		value, err := storedPrincipal(ctx, tx, named.Kind, named.Value)
		if errors.Is(err, store.ErrNotFound) {
			return "", s.malformed(&policy.Error{
				Message:  fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, strings.ToUpper(named.Kind), named.Value),
				Position: named.Position,
			})
		}
		if err != nil {
			return "", err
		}
		stored[named.Kind+":"+named.Value] = value
	}
	return p.MapPrincipals(func(kind, value string) string { return stored[kind+":"+value] }), nil
}

// storedPrincipal is what is stored for a principal; store.ErrNotFound when there is no such principal. Whether an identity
// provider exists is not asked, as at AWS. A session of a role is kept by the role's unique id and its name. Federated users
// can't be trusted: they may not assume roles.
func storedPrincipal(ctx context.Context, tx *store.Tx, kind, value string) (string, error) {
	switch {
	case kind == "Service" && !strings.HasSuffix(value, ".amazonaws.com"):
		return "", store.ErrNotFound
	case kind != "AWS", value == "*":
		return value, nil
	case aws.IsAccountID(value):
		_, err := tx.Account(ctx, value)
		return value, err
	}
	arn, isARN := aws.ParseARN(value)
	if !isARN {
		_, err := arnOfID(ctx, tx, value)
		return value, err
	}
	if arn.Resource == "root" && value == aws.RootARN(arn.AccountID) {
		_, err := tx.Account(ctx, arn.AccountID)
		return value, err
	}
	return idOfARN(ctx, tx, value)
}

// idOfARN is the unique id of the user, role or session that has an ARN to the letter; store.ErrNotFound when there is none.
func idOfARN(ctx context.Context, tx *store.Tx, text string) (string, error) {
	arn, _ := aws.ParseARN(text)
	kind, path, _ := strings.Cut(arn.Resource, "/")
	if kind == "assumed-role" {
		return idOfSession(ctx, tx, text, arn.AccountID, path)
	}
	key := store.NameKey(path[strings.LastIndexByte(path, '/')+1:])
	var id, exact string
	err := store.ErrNotFound
	switch kind {
	case string(aws.UserResource):
		var user store.User
		user, err = tx.UserByName(ctx, store.UserByNameParams{AccountID: arn.AccountID, NameKey: key})
		id, exact = user.UserID, userARN(user)
	case string(aws.RoleResource):
		var role store.Role
		role, err = tx.RoleByName(ctx, store.RoleByNameParams{AccountID: arn.AccountID, NameKey: key})
		id, exact = role.RoleID, roleARN(role)
	}
	if err == nil && exact != text {
		err = store.ErrNotFound
	}
	return id, err
}

// idOfSession is the id of a session of a role. Its ARN has the role's name, without its path.
func idOfSession(ctx context.Context, tx *store.Tx, text, accountID, roleAndSession string) (string, error) {
	name, session, _ := strings.Cut(roleAndSession, "/")
	role, err := tx.RoleByName(ctx, store.RoleByNameParams{AccountID: accountID, NameKey: store.NameKey(name)})
	if err == nil && sessionARN(role, session) != text {
		err = store.ErrNotFound
	}
	return role.RoleID + ":" + session, err
}

func sessionARN(role store.Role, session string) string {
	return aws.Principal{Type: aws.RolePrincipal, AccountID: role.AccountID, Name: role.RoleName, SessionName: session}.ARN()
}

// arnOfID is the ARN of the user, role or session that has a unique id; store.ErrNotFound when there is none.
func arnOfID(ctx context.Context, tx *store.Tx, id string) (string, error) {
	roleID, session, ofSession := strings.Cut(id, ":")
	switch {
	case ofSession:
		role, err := tx.Role(ctx, roleID)
		return sessionARN(role, session), err
	case strings.HasPrefix(id, aws.UserIDPrefix):
		user, err := tx.User(ctx, id)
		return userARN(user), err
	case strings.HasPrefix(id, aws.RoleIDPrefix):
		role, err := tx.Role(ctx, id)
		return roleARN(role), err
	}
	return "", store.ErrNotFound
}

// shownIDs are the ARNs that unique ids are shown as, remembered during one reply: the roles of a list often trust the same few.
type shownIDs map[string]string

// trustPolicy is a stored trust policy as replies have it: with ARNs again, and encoded. A user or role that is gone shows
// its unique id (aws-iam section 9).
func (shown shownIDs) trustPolicy(ctx context.Context, tx *store.Tx, stored string) (string, error) {
	p, err := policy.Parse(policy.TrustPolicy, stored)
	if err != nil {
		return "", err
	}
	for named := range p.Principals() {
		if _, known := shown[named.Value]; known || named.Kind != "AWS" {
			continue
		}
		arn, err := arnOfID(ctx, tx, named.Value)
		if errors.Is(err, store.ErrNotFound) {
			arn, err = named.Value, nil
		}
		if err != nil {
			return "", err
		}
		shown[named.Value] = arn
	}
	return encodeDocument(p.MapPrincipals(func(kind, value string) string {
		if kind != "AWS" {
			return value
		}
		return shown[value]
	})), nil
}
