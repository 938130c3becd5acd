package login

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// roleDuration is for how long a role is assumed when its profile does not say.
const roleDuration = time.Hour

// Credentials are what the profile stands for: the session's, or those of the role that it names, assumed with the session.
func (l *Login) Credentials(ctx context.Context) (aws.Credentials, error) {
	session, err := l.Session(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return l.assume(ctx, session)
}

func (l *Login) assume(ctx context.Context, session Session) (aws.Credentials, error) {
	current := session.Credentials()
	for _, role := range l.Roles {
		var err error
		if current, err = l.assumeRole(ctx, role, current); err != nil {
			return aws.Credentials{}, fmt.Errorf("profile %s: %w", role.Profile, err)
		}
	}
	return current, nil
}

// assumeRole gives no code: the session was asked for with one.
func (l *Login) assumeRole(ctx context.Context, role Role, with aws.Credentials) (aws.Credentials, error) {
	service := sts.NewFromConfig(l.Config, func(o *sts.Options) {
		o.Region = cmp.Or(o.Region, firstRegion)
		o.Credentials = credentials.StaticCredentialsProvider{Value: with}
	})
	return stscreds.NewAssumeRoleProvider(service, role.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = cmp.Or(role.RoleSessionName, fmt.Sprintf("daypass-%d", l.Now().Unix()))
		o.Duration = roleDuration
		if role.RoleDurationSeconds != nil {
			o.Duration = *role.RoleDurationSeconds
		}
		if role.ExternalID != "" {
			o.ExternalID = aws.String(role.ExternalID)
		}
	}).Retrieve(ctx)
}
