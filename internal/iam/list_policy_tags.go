package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListPolicyTagsInput has the parameters of ListPolicyTags (aws-iam section 11).
type ListPolicyTagsInput struct {
	PolicyArn string `required:"true" minlen:"20" maxlen:"2048"`
	Marker    string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems  int32  `min:"1" max:"1000"`
}

// Permissions is the policy asked for.
func (in *ListPolicyTagsInput) Permissions(aws.Call) []aws.Permission { return onPolicy(in.PolicyArn) }

// ListPolicyTagsOutput is one page of tags.
type ListPolicyTagsOutput struct {
	TagPage
}

// ListPolicyTags returns the tags of a managed policy by key (aws-iam sections 2.4 and 11).
func (s *Service) ListPolicyTags(ctx context.Context, call aws.Call, in *ListPolicyTagsInput) (*ListPolicyTagsOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListPolicyTags", call.Caller.AccountID, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	var out ListPolicyTagsOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		p, err := taggedPolicy(ctx, tx, call, in.PolicyArn)
		if err != nil {
			return err
		}
		out.TagPage, err = tagsPage(ctx, tx, page, p.id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
