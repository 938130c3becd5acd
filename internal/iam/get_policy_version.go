package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// GetPolicyVersionInput has the parameters of GetPolicyVersion (aws-iam section 7).
type GetPolicyVersionInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	VersionId string `required:"true" pattern:"v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"`
}

// Permissions is the policy asked for.
func (in *GetPolicyVersionInput) Permissions(aws.Call) []aws.Permission {
	return onPolicy(in.PolicyArn)
}

// GetPolicyVersionOutput is the version, with its document.
type GetPolicyVersionOutput struct {
	PolicyVersion PolicyVersion
}

// GetPolicyVersion returns a version of a managed policy, the account's own or AWS's (aws-iam section 7).
func (s *Service) GetPolicyVersion(ctx context.Context, call aws.Call, in *GetPolicyVersionInput) (*GetPolicyVersionOutput, error) {
	if err := checkPolicyARN(in.PolicyArn); err != nil {
		return nil, err
	}
	var out GetPolicyVersionOutput
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		out.PolicyVersion, err = findPolicyVersion(ctx, tx, call.Caller.AccountID, in.PolicyArn, in.VersionId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

func findPolicyVersion(ctx context.Context, tx *store.Tx, accountID, arn, versionID string) (PolicyVersion, error) {
	missing := errNoPolicyVersion(arn, versionID)
	p, err := policyOr(ctx, tx, accountID, arn, missing)
	if err != nil {
		return PolicyVersion{}, err
	}
	if !p.isOwn() {
		if versionID != p.defaultVersion {
			return PolicyVersion{}, missing
		}
		version := awsPolicyVersion(p)
		version.Document = encodeDocument(p.aws.Document)
		return version, nil
	}
	row, err := ownPolicyVersion(ctx, tx, p, versionID)
	if err != nil {
		return PolicyVersion{}, err
	}
	version := newPolicyVersion(p.own, row)
	version.Document = encodeDocument(row.Document)
	return version, nil
}
