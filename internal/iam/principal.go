package iam

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// PrincipalID is the unique id of the user or role that has an ARN to the letter; store.ErrNotFound when there is none.
func PrincipalID(ctx context.Context, tx *store.Tx, arn string) (string, error) {
	return idOfARN(ctx, tx, arn)
}

// StoredPrincipals is a trust or resource policy with unique ids in the place of the ARNs of users and roles: it follows who
// is renamed, and does not trust who is made again under an old name (aws-iam section 9). A principal that does not exist is
// a *policy.Error.
func StoredPrincipals(ctx context.Context, tx *store.Tx, p *policy.Policy) (string, error) {
	stored := make(map[string]string)
	for named := range p.Principals() {
		value, err := storedPrincipal(ctx, tx, p.Grammar(), named)
		if errors.Is(err, store.ErrNotFound) {
			return "", &policy.Error{
				Message:  fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, strings.ToUpper(named.Kind), named.Value),
				Position: named.Position,
			}
		}
		if err != nil {
			return "", err
		}
		stored[named.Kind+":"+named.Value] = value
	}
	return p.MapPrincipals(func(kind, value string) string { return stored[kind+":"+value] }), nil
}

// ShownPrincipals is a policy that StoredPrincipals made, with ARNs again. A user or role that is gone shows its unique id
// (aws-iam section 9).
func ShownPrincipals(ctx context.Context, tx *store.Tx, stored *policy.Policy) (string, error) {
	return shownIDs{}.document(ctx, tx, stored)
}

// storedPrincipal is what is stored for a principal; store.ErrNotFound when there is no such principal. Whether an identity
// provider exists is not asked, as at AWS. A session of a role is kept by the role's unique id and its name. Federated users
// have no id, and resource policies alone may name them: they may not assume roles. Nobody here has a canonical user id.
func storedPrincipal(ctx context.Context, tx *store.Tx, g policy.Grammar, named policy.NamedPrincipal) (string, error) {
	kind, value := named.Kind, named.Value
	switch {
	case kind == "Service" && !strings.HasSuffix(value, ".amazonaws.com"), kind == "CanonicalUser":
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
	if arn.Resource == "root" && value == aws.RootARN(arn.AccountID) || g == policy.ResourcePolicy && isFederatedUser(value, arn) {
		_, err := tx.Account(ctx, arn.AccountID)
		return value, err
	}
	return idOfARN(ctx, tx, value)
}

// federatedUserName is what GetFederationToken takes for one (spec section 5.1).
var federatedUserName = regexp.MustCompile(`^[\w+=,.@-]{2,32}$`)

func isFederatedUser(text string, arn aws.ARN) bool {
	name, ok := strings.CutPrefix(arn.Resource, "federated-user/")
	return ok && federatedUserName.MatchString(name) && text == aws.STSARN(arn.AccountID, arn.Resource)
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

func (shown shownIDs) document(ctx context.Context, tx *store.Tx, stored *policy.Policy) (string, error) {
	for named := range stored.Principals() {
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
	return stored.MapPrincipals(func(kind, value string) string {
		if kind != "AWS" {
			return value
		}
		return shown[value]
	}), nil
}
