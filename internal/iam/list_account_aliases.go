package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListAccountAliasesInput has the parameters of ListAccountAliases (aws-iam section 13).
type ListAccountAliasesInput struct {
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is not about a resource.
func (in *ListAccountAliasesInput) Permissions(aws.Call) []aws.Permission { return onNothing() }

// ListAccountAliasesOutput is a page of aliases, of which there is one at most.
type ListAccountAliasesOutput struct {
	AccountAliases []string
	IsTruncated    bool
	Marker         string
}

// ListAccountAliases returns the account's alias, if it has one (aws-iam section 13).
func (s *Service) ListAccountAliases(ctx context.Context, call aws.Call, in *ListAccountAliasesInput) (*ListAccountAliasesOutput, error) {
	page, err := newPage(in.Marker, in.MaxItems, "ListAccountAliases", call.Caller.AccountID)
	if err != nil {
		return nil, err
	}
	var alias string
	err = s.view(ctx, func(tx *store.Tx) (err error) {
		alias, err = accountAlias(ctx, tx, call.Caller.AccountID)
		return err
	})
	if err != nil {
		return nil, err
	}
	aliases := []string{}
	if alias != "" {
		aliases = append(aliases, alias)
	}
	aliases, marker := cut(page, aliases, func(alias string) string { return alias })
	return &ListAccountAliasesOutput{AccountAliases: aliases, IsTruncated: marker != "", Marker: marker}, nil
}
