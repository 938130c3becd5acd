package login

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/daypass/daypass/internal/client"
)

// Identity is what is known of credentials.
type Identity struct {
	Account, Arn, UserID string
	AccessKeyID          string
	MFA                  string    // yes, no or not known, and why
	Expires              time.Time // zero: never, or not known
	From                 string    // where they were found
	Endpoint             string    // empty: AWS
}

// Who asks STS who the credentials are that a command would have. It asks nobody for a code.
func Who(ctx context.Context, o client.Options, cache *Cache, now func() time.Time) (Identity, error) {
	source, err := Find(ctx, o)
	if err != nil {
		return Identity{}, err
	}
	l := &Login{Source: source, Cache: cache, Now: now}
	found, who, err := l.found(ctx)
	if err != nil {
		return Identity{}, err
	}
	service := sts.NewFromConfig(source.Config, func(o *sts.Options) {
		o.Region = cmp.Or(o.Region, firstRegion)
		o.Credentials = credentials.StaticCredentialsProvider{Value: found}
	})
	identity, err := service.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, err
	}
	who.Account, who.Arn, who.UserID = aws.ToString(identity.Account), aws.ToString(identity.Arn), aws.ToString(identity.UserId)
	who.Endpoint = source.Endpoint()
	return who, nil
}

// found is the credentials, and what is known of them without asking.
func (l *Login) found(ctx context.Context) (aws.Credentials, Identity, error) {
	key, err := l.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, Identity{}, err
	}
	from := "profile " + l.Profile
	switch {
	case l.Profile == "" && key.Source == config.CredentialsSourceName:
		from = "the environment"
	case l.Profile == "":
		from = key.Source
	}
	if key.SessionToken != "" {
		who, err := l.whoseSession(key, from)
		return key, who, err
	}
	session, err := l.Kept(ctx)
	if err != nil {
		return aws.Credentials{}, Identity{}, err
	}
	if !session.Expiration.After(l.Now()) {
		who := Identity{AccessKeyID: key.AccessKeyID, MFA: "no: it is an access key; daypass login gets a session with MFA", From: from}
		return key, who, nil
	}
	c, err := l.assume(ctx, session)
	who := Identity{
		AccessKeyID: c.AccessKeyID, MFA: "yes, with " + session.Device, Expires: c.Expires,
		From: fmt.Sprintf("session of %s, in %s", from, l.Cache.Where()),
	}
	if n := len(l.Roles); n > 0 {
		who.From = fmt.Sprintf("profile %s, with the %s", l.Roles[n-1].Profile, who.From)
	}
	return c, who, err
}

// whoseSession is about session credentials that came from elsewhere, perhaps out of the cache.
func (l *Login) whoseSession(c aws.Credentials, from string) (Identity, error) {
	who := Identity{AccessKeyID: c.AccessKeyID, MFA: "not known: the session does not tell", From: from}
	if c.CanExpire {
		who.Expires = c.Expires
	}
	if at, err := time.Parse(time.RFC3339, os.Getenv("AWS_CREDENTIAL_EXPIRATION")); err == nil && l.Profile == "" {
		who.Expires = at // as daypass exec and export tell
	}
	kept, ok, err := l.Cache.Find(c.AccessKeyID)
	if ok {
		who.MFA, who.Expires = "yes, with "+kept.Device, kept.Expiration
	}
	return who, err
}
