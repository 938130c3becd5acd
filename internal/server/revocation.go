package server

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/store"
)

const (
	// sessionLife is how long any session lives at most, and how far the clocks of servers may be apart.
	sessionLife = 36*time.Hour + 15*time.Minute
	// spread is how long another server may not know of a revocation. What a revoked session gets there meanwhile, by
	// assuming its own role again, must not outlive it.
	spread = time.Second
	// usesKept is for how long the use of an assertion is remembered after the assertion has expired: another server's clock
	// may be behind, and a request that found it good may still be under way.
	usesKept = 15 * time.Minute
	// delegationRetention is how long an expired delegation request is still shown, and its workflow id taken.
	delegationRetention = 7 * 24 * time.Hour
)

// Revocation says which sessions are to end. At most one of the first three is given; none of them means all there are.
type Revocation struct {
	Principal    string    // ARN or unique id of a user, a role, a session of a role, or a root; ARN of a delegated session
	AccessKeyID  string    // of a session, or of the long-term key that asked for sessions
	AccountID    string    // all sessions of an account
	IssuedBefore time.Time // sessions issued later live on; zero: all issued until now
}

// RevokeSessions ends sessions, on every server within a second. It returns what it has written down.
func RevokeSessions(ctx context.Context, st *store.Store, r Revocation, now time.Time) (store.SessionRevocation, error) {
	issuedBefore, err := r.instant(now)
	if err != nil {
		return store.SessionRevocation{}, err
	}
	row := store.SessionRevocation{
		IssuedBefore: store.Time{Time: issuedBefore},
		CreatedAt:    store.Time{Time: now},
		ExpiresAt:    store.Time{Time: issuedBefore.Add(sessionLife)},
	}
	err = st.Update(ctx, func(tx *store.Tx) error {
		if row.Kind, row.Subject, err = r.subject(ctx, tx); err != nil {
			return err
		}
		return tx.PutRevocation(ctx, store.PutRevocationParams(row))
	})
	return row, err
}

// instant is the last second in which a session was issued that is to end. Sessions know the second of their issue, cut.
func (r *Revocation) instant(now time.Time) (time.Time, error) {
	switch {
	case r.IssuedBefore.IsZero():
		return now.Add(spread + time.Second - 1).Truncate(time.Second), nil
	case r.IssuedBefore.After(now):
		return time.Time{}, fmt.Errorf("%s is in the future", r.IssuedBefore.Format(time.RFC3339))
	case r.IssuedBefore.Add(sessionLife).Before(now):
		return time.Time{}, fmt.Errorf("no session lives that was issued before %s", r.IssuedBefore.Format(time.RFC3339))
	}
	return r.IssuedBefore.Truncate(time.Second), nil
}

func (r *Revocation) subject(ctx context.Context, tx *store.Tx) (kind, subject string, err error) {
	switch {
	case r.Principal != "":
		subject, err = principalID(ctx, tx, r.Principal)
		if errors.Is(err, store.ErrNotFound) {
			err = fmt.Errorf("there is no user, role, session of a role or root %q", r.Principal)
		}
		return store.RevokedPrincipal, subject, err
	case r.AccessKeyID != "":
		return store.RevokedAccessKey, r.AccessKeyID, checkAccessKeyID(ctx, tx, r.AccessKeyID)
	case r.AccountID != "":
		account, err := existingAccount(ctx, tx, r.AccountID)
		return store.RevokedAccount, account.AccountID, err
	}
	return store.RevokedAll, "", nil
}

// checkAccessKeyID refuses a key that none of the accounts here can have had. No record is kept of sessions, nor of a key
// that is deleted.
func checkAccessKeyID(ctx context.Context, tx *store.Tx, id string) error {
	if !aws.IsAccessKeyID(id) {
		return errors.New("an access key id is 16 to 128 upper-case letters and digits")
	}
	_, err := tx.AccessKey(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if accountID, ok := aws.AccountOfAccessKeyID(id); ok {
		_, err = tx.Account(ctx, accountID)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("no account here has or had an access key %s", id)
	}
	return err
}

// roleSessionName is what AssumeRole takes for one (spec section 5.4).
var roleSessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// principalID is the unique id of who is named by an ARN or a unique id; store.ErrNotFound when there is nobody.
func principalID(ctx context.Context, tx *store.Tx, text string) (string, error) {
	if arn, ok := aws.ParseARN(text); ok {
		return principalIDOfARN(ctx, tx, arn)
	}
	id, session, ofSession := strings.Cut(text, ":")
	if ofSession && (!strings.HasPrefix(id, aws.RoleIDPrefix) || !roleSessionName.MatchString(session)) {
		return "", store.ErrNotFound
	}
	err := store.ErrNotFound
	switch {
	case aws.IsAccountID(id):
		_, err = tx.Account(ctx, id)
	case strings.HasPrefix(id, aws.UserIDPrefix):
		_, err = tx.User(ctx, id)
	case strings.HasPrefix(id, aws.RoleIDPrefix):
		_, err = tx.Role(ctx, id)
	}
	return text, err
}

func principalIDOfARN(ctx context.Context, tx *store.Tx, arn aws.ARN) (string, error) {
	if arn.String() == aws.RootARN(arn.AccountID) {
		account, err := tx.Account(ctx, arn.AccountID)
		return account.AccountID, err
	}
	kind, name, _ := strings.Cut(arn.Resource, "/")
	if arn.Service == "sts" && kind == "delegated-session" {
		return delegatedID(ctx, tx, arn, name[strings.LastIndexByte(name, '/')+1:])
	}
	if arn.Service != "sts" || kind != "assumed-role" {
		return iam.PrincipalID(ctx, tx, arn.String())
	}
	name, session, _ := strings.Cut(name, "/")
	role, err := tx.RoleByName(ctx, store.RoleByNameParams{AccountID: arn.AccountID, NameKey: store.NameKey(name)})
	named := aws.ARN{Partition: aws.Partition, Service: "sts", AccountID: role.AccountID, Resource: "assumed-role/" + role.RoleName + "/" + session}
	if err == nil && (arn != named || !roleSessionName.MatchString(session)) {
		err = store.ErrNotFound
	}
	return role.RoleID + ":" + session, err
}

// delegatedID is the unique id of the sessions that a delegation request was traded in for.
func delegatedID(ctx context.Context, tx *store.Tx, arn aws.ARN, requestID string) (string, error) {
	row, err := tx.DelegationRequest(ctx, requestID)
	if err != nil {
		return "", err
	}
	p := aws.Principal{Type: aws.DelegatedPrincipal, AccountID: row.OwnerAccount, ID: row.ApproverID, SessionName: row.RequestID}
	if p.Approver().Type == aws.RolePrincipal {
		role, notFound := tx.Role(ctx, p.ID)
		p.Name, err = role.RoleName, notFound
	} else {
		user, notFound := tx.User(ctx, p.ID)
		p.Name, err = user.UserName, notFound
	}
	if err == nil && p.ARN() != arn.String() {
		err = store.ErrNotFound
	}
	return p.UserID(), err
}

// ForgetExpired deletes the revocations, the uses of assertions and the delegation requests that nothing depends on any more.
func ForgetExpired(ctx context.Context, st *store.Store, now time.Time) error {
	return st.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.DeleteExpiredRevocations(ctx, now)
		if err == nil {
			_, err = tx.DeleteExpiredAssertionUses(ctx, now.Add(-usesKept))
		}
		if err == nil {
			_, err = tx.DeleteExpiredDelegationRequests(ctx, now.Add(-delegationRetention))
		}
		return err
	})
}
