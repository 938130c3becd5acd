package iam

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// CreatePolicyInput has the parameters of CreatePolicy (aws-iam section 7).
type CreatePolicyInput struct {
	PolicyName     string `required:"true" minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Path           string `minlen:"1" maxlen:"512" pattern:"((/[A-Za-z0-9\\.,\\+@=_-]+)*)/" invalid:"It must begin and end with / and contain only alphanumeric characters and/or / characters."`
	PolicyDocument string `required:"true" minlen:"1" maxlen:"131072" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" invalidorempty:"It must contain only printable ASCII characters."`
	Description    string `maxlen:"1000"`
	Tags           []Tag  `maxitems:"50"`
}

// Permissions is the policy to be created, and the right to tag it. AccessDenied calls it by its name.
func (in *CreatePolicyInput) Permissions(call aws.Call) []aws.Permission {
	arn := aws.IAMARN(call.Caller.AccountID, "policy", cmp.Or(in.Path, "/"), in.PolicyName)
	return withTagging(on(aws.Resource{ARN: arn, Text: "policy " + in.PolicyName}), "iam:TagPolicy", in.Tags)
}

// CreatePolicyOutput is the new policy, without its description.
type CreatePolicyOutput struct {
	Policy Policy
}

// CreatePolicy makes a managed policy with one version. Names are unique in the account ignoring case, whatever the path
// (aws-iam sections 2.2 and 7).
func (s *Service) CreatePolicy(ctx context.Context, call aws.Call, in *CreatePolicyInput) (*CreatePolicyOutput, error) {
	if strings.ContainsRune(in.Description, 0) { // AWS's model allows it; PostgreSQL can't keep it
		return nil, aws.Errorf(aws.ValidationError, "The specified value for description is invalid.")
	}
	if err := exactCase.checkTags(in.Tags); err != nil {
		return nil, err
	}
	if err := s.checkManagedDocument(in.PolicyDocument); err != nil {
		return nil, err
	}
	row := store.Policy{
		PolicyID:       aws.NewUniqueID(aws.PolicyIDPrefix),
		AccountID:      call.Caller.AccountID,
		Path:           cmp.Or(in.Path, "/"),
		PolicyName:     in.PolicyName,
		NameKey:        store.NameKey(in.PolicyName),
		Description:    in.Description,
		DefaultVersion: 1,
		LastVersion:    1,
		CreatedAt:      store.Time{Time: call.Now},
		UpdatedAt:      store.Time{Time: call.Now},
	}
	err := s.update(ctx, func(tx *store.Tx) error { return insertPolicy(ctx, tx, row, in) })
	if err != nil {
		return nil, err
	}
	out := &CreatePolicyOutput{Policy: newPolicy(ownPolicy(row), policyUse{})}
	out.Policy.Tags = asGiven(in.Tags)
	return out, nil
}

func insertPolicy(ctx context.Context, tx *store.Tx, row store.Policy, in *CreatePolicyInput) error {
	policies, err := tx.CountPolicies(ctx, row.AccountID)
	if err != nil {
		return err
	}
	if policies >= maxPolicies {
		return errQuota("PoliciesPerAccount", maxPolicies)
	}
	err = tx.InsertPolicy(ctx, store.InsertPolicyParams(row))
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "A policy called %s already exists. Duplicate names are not allowed.", row.PolicyName)
	}
	if err != nil {
		return err
	}
	err = tx.InsertPolicyVersion(ctx, store.InsertPolicyVersionParams{
		PolicyID: row.PolicyID, Version: 1, Document: in.PolicyDocument, CreatedAt: row.CreatedAt,
	})
	if err != nil {
		return err
	}
	return exactCase.putTags(ctx, tx, row.PolicyID, in.Tags)
}
