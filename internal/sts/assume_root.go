package sts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
)

const (
	keyTaskPolicyARN = "sts:taskpolicyarn" // in lower case
	// assumedRootDefault is how many seconds a session of AssumeRoot lives, and the most that may be asked for (spec section 6).
	assumedRootDefault = 900
)

// AssumeRootInput has the parameters of AssumeRoot (spec sections 5.1 and 12).
type AssumeRootInput struct {
	TargetPrincipal         string               `required:"true" minlen:"12" maxlen:"2048"`
	TaskPolicyArn           PolicyDescriptorType `required:"true"`
	DurationSeconds         *int32               `min:"0" max:"900"`
	MinimumSessionTokenSize int32                `min:"0" max:"4096"`
}

// account is that of the root which is asked for, by its id or its ARN; empty when it is neither.
func (in *AssumeRootInput) account() string {
	id := in.TargetPrincipal
	if arn, ok := aws.ParseARN(id); ok && aws.RootARN(arn.AccountID) == id {
		id = arn.AccountID
	}
	if !aws.IsAccountID(id) {
		return ""
	}
	return id
}

// resource names the root as policies and refusals do.
func (in *AssumeRootInput) resource() string {
	if account := in.account(); account != "" {
		return aws.RootARN(account)
	}
	return in.TargetPrincipal
}

// Permissions is on the root, for the task.
func (in *AssumeRootInput) Permissions(aws.Call) []aws.Permission {
	return []aws.Permission{{
		Resource: aws.Resource{ARN: in.resource(), Text: in.resource()},
		Context:  map[string][]string{keyTaskPolicyARN: {in.TaskPolicyArn.Arn}},
	}}
}

// AssumeRootOutput is the answer to AssumeRoot.
type AssumeRootOutput struct {
	Credentials    Credentials
	SourceIdentity string
	TokenSize
}

// AssumeRoot issues temporary credentials that act as the root of a member account, for one task. Users and roles of the
// management account may have them, when the feature that the task belongs to is enabled (spec section 5.11). Why they may not
// is for the operator alone to know.
func (s *Service) AssumeRoot(ctx context.Context, call aws.Call, in *AssumeRootInput) (*AssumeRootOutput, error) {
	if in.account() == "" {
		return nil, aws.Errorf(aws.ValidationError, "%s is invalid", in.TargetPrincipal)
	}
	if _, ok := awspolicy.RootTask(in.TaskPolicyArn.Arn); !ok {
		return nil, aws.Errorf(aws.ValidationError, "%s is invalid", in.TaskPolicyArn.Arn)
	}
	if err := s.mayAssumeRoot(ctx, call, in); err != nil {
		return nil, err
	}
	session := askedBy(call.Caller)
	session.PolicyARNs = []string{in.TaskPolicyArn.Arn}
	if call.Caller.Session != nil {
		session.SourceIdentity = call.Caller.Session.SourceIdentity
	}
	root := aws.Principal{Type: aws.AssumedRootPrincipal, AccountID: in.account(), ID: in.account()}
	lifetime := assumedRootDefault * time.Second
	if in.DurationSeconds != nil {
		lifetime = time.Duration(*in.DurationSeconds) * time.Second
	}
	credentials, size, err := s.issue(ctx, call, root, session, lifetime, in.MinimumSessionTokenSize)
	if err != nil {
		return nil, err
	}
	return &AssumeRootOutput{Credentials: credentials, SourceIdentity: session.SourceIdentity, TokenSize: size}, nil
}

func (s *Service) mayAssumeRoot(ctx context.Context, call aws.Call, in *AssumeRootInput) error {
	var why error
	err := s.Store.View(ctx, func(tx *store.Tx) error {
		own, err := tx.Account(ctx, call.Caller.AccountID)
		if err != nil {
			return err
		}
		target, err := tx.ActiveAccount(ctx, in.account())
		if errors.Is(err, store.ErrNotFound) {
			why = err
			return nil
		}
		why = whyNotRoot(call.Caller, own, target, in.TaskPolicyArn.Arn)
		return err
	})
	switch {
	case err != nil:
		return aws.Internal(err)
	case why != nil:
		return aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: sts:AssumeRoot on resource: %s",
			call.Caller.ARN(), in.resource()).Because(why)
	}
	return nil
}

// whyNotRoot says what stands in the way of a caller who has the permission; nil when nothing does.
func whyNotRoot(caller aws.Caller, own, target store.Account, task string) error {
	enabled, feature := own.RootSessions, "RootSessions"
	if strings.HasPrefix(task, aws.IAMARN("aws", "policy", awspolicy.RootTaskPath, "IAM")) {
		enabled, feature = own.RootCredentialsManagement, "RootCredentialsManagement"
	}
	switch {
	case caller.IsRoot():
		return errors.New("root may not call AssumeRoot")
	case own.Management == 0:
		return errors.New("the caller's account is not the management account")
	case target.Management != 0:
		return errors.New("the root of the management account can't be assumed")
	case enabled == 0:
		return fmt.Errorf("%s is not enabled", feature)
	}
	return nil
}
