package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreatePolicyVersionInput has the parameters of CreatePolicyVersion (aws-iam section 7).
type CreatePolicyVersionInput struct {
	PolicyArn      string `required:"true" minlen:"20" maxlen:"2048"`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
	SetAsDefault   bool
}

// Permissions is the policy that gets the version.
func (in *CreatePolicyVersionInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// CreatePolicyVersionOutput is the new version, without its document.
type CreatePolicyVersionOutput struct {
	PolicyVersion PolicyVersion
}

// CreatePolicyVersion adds a version to a managed policy. Its number is one that none had before (aws-iam section 7).
func (s *Service) CreatePolicyVersion(ctx context.Context, call aws.Call, in *CreatePolicyVersionInput) (*CreatePolicyVersionOutput, error) {
	if err := checkOwnPolicyARN(call, in.PolicyArn, "create versions for policies"); err != nil {
		return nil, err
	}
	if err := s.checkManagedDocument(in.PolicyDocument); err != nil {
		return nil, err
	}
	var out CreatePolicyVersionOutput
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		found, err := policyOr(ctx, tx, call.Caller.AccountID, in.PolicyArn, errPolicyNotAttachable(in.PolicyArn))
		if err != nil {
			return err
		}
		out.PolicyVersion, err = insertPolicyVersion(ctx, tx, found.own, call, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func insertPolicyVersion(ctx context.Context, tx *store.Tx, p store.Policy, call aws.Call, in *CreatePolicyVersionInput) (PolicyVersion, error) {
	versions, err := tx.PolicyVersions(ctx, p.PolicyID)
	if err != nil {
		return PolicyVersion{}, err
	}
	if len(versions) >= maxPolicyVersions {
		return PolicyVersion{}, aws.Errorf(aws.LimitExceeded, "A managed policy can have up to %d versions. "+
			"Before you create a new version, you must delete an existing version.", maxPolicyVersions)
	}
	p.LastVersion++
	p.UpdatedAt = store.Time{Time: call.Now}
	if in.SetAsDefault {
		p.DefaultVersion = p.LastVersion
	}
	version := store.PolicyVersion{
		PolicyID: p.PolicyID, Version: p.LastVersion, Document: in.PolicyDocument, CreatedAt: p.UpdatedAt,
	}
	if err := tx.InsertPolicyVersion(ctx, store.InsertPolicyVersionParams(version)); err != nil {
		return PolicyVersion{}, err
	}
	return newPolicyVersion(p, version), updatePolicy(ctx, tx, p)
}

func updatePolicy(ctx context.Context, tx *store.Tx, p store.Policy) error {
	_, err := tx.UpdatePolicy(ctx, store.UpdatePolicyParams{
		PolicyID: p.PolicyID, DefaultVersion: p.DefaultVersion, LastVersion: p.LastVersion, UpdatedAt: p.UpdatedAt,
	})
	return err
}
