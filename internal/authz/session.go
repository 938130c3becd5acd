package authz

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/awspolicy"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// inSession adds what a session was issued with: its policies, which bound it, and its tags, which take the place of its
// principal's (spec sections 5.5 and 9.1).
func (a *Authorizer) inSession(ctx context.Context, call aws.Call, granted *grants) (*grants, error) {
	s := call.Caller.Session
	if !s.HasPolicies() && len(s.Tags) == 0 {
		return granted, nil
	}
	own := *granted
	own.tags = overridden(granted.tags, s.Tags)
	if !s.HasPolicies() {
		return &own, nil
	}
	own.policies.HasSession = true
	if s.Policy != "" {
		// One that can't be read denies everything: nobody knows what it would have denied.
		p, _ := a.bounds.parse(policy.SessionPolicy, s.Policy)
		own.policies.Session = append(own.policies.Session, policy.Source{ID: "session", Policy: p})
	}
	for _, arn := range s.PolicyARNs {
		source, err := a.sessionPolicy(ctx, call, arn)
		if err != nil {
			return nil, aws.Internal(err)
		}
		own.policies.Session = append(own.policies.Session, source)
	}
	return &own, nil
}

// sessionPolicy is a managed policy as it is now. One that is gone denies everything, as one that can't be read does. The
// task of a session of AssumeRoot is none that could bound another session.
func (a *Authorizer) sessionPolicy(ctx context.Context, call aws.Call, arn string) (policy.Source, error) {
	if call.Caller.Type == aws.AssumedRootPrincipal {
		document, _ := awspolicy.RootTask(arn)
		p, _ := a.documents.parse(policy.ManagedPolicy, document)
		return policy.Source{ID: arn, ARN: arn, Policy: p}, nil
	}
	return a.managed.Get(ctx, call.Caller.AccountID+" "+arn, call.Now, func() (source policy.Source, err error) {
		err = a.store.View(ctx, func(tx *store.Tx) error {
			source, err = a.managedPolicy(ctx, tx, call.Caller.AccountID, arn)
			if isUnreadable(err) {
				source, err = policy.Source{ID: arn, ARN: arn}, nil
			}
			return err
		})
		return source, err
	})
}

// overridden are tags with a session's in the place of those with the same key. The case of a key makes no difference.
func overridden(tags []store.Tag, session []aws.Tag) []store.Tag {
	var all []store.Tag
	for _, tag := range tags {
		if _, ok := tagOf(session, tag.TagKey); !ok {
			all = append(all, tag)
		}
	}
	for _, tag := range session {
		all = append(all, store.Tag{TagKey: tag.Key, TagValue: tag.Value})
	}
	return all
}

func tagOf(tags []aws.Tag, key string) (aws.Tag, bool) {
	for _, tag := range tags {
		if aws.SameTagKey(tag.Key, key) {
			return tag, true
		}
	}
	return aws.Tag{}, false
}
