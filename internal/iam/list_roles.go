package iam

import (
	"cmp"
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListRolesInput has the parameters of ListRoles (aws-iam section 9).
type ListRolesInput struct {
	PathPrefix string `minlen:"1" maxlen:"512" pattern:"\\u002F[\\u0021-\\u007F]*" invalid:"It must begin with the / character and contain only alphanumeric characters and/or / characters."`
	Marker     string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems   int32  `min:"1" max:"1000"`
}

// Permissions is all roles.
func (in *ListRolesInput) Permissions(call aws.Call) []aws.Permission { return onAll(call, "role") }

// ListRolesOutput is one page of roles.
type ListRolesOutput struct {
	Roles       []Role
	IsTruncated bool
	Marker      string
}

// ListRoles returns the roles whose path begins with the prefix, by name ignoring case, without boundary, tags and last use
// (aws-iam sections 2.2, 2.4 and 9).
func (s *Service) ListRoles(ctx context.Context, call aws.Call, in *ListRolesInput) (*ListRolesOutput, error) {
	prefix := cmp.Or(in.PathPrefix, "/")
	page, err := newPage(in.Marker, in.MaxItems, "ListRoles", call.Caller.AccountID, prefix)
	if err != nil {
		return nil, err
	}
	var out *ListRolesOutput
	err = s.view(ctx, func(tx *store.Tx) error {
		rows, err := tx.Roles(ctx, store.RolesParams{
			AccountID:    call.Caller.AccountID,
			AfterNameKey: page.after,
			PathFrom:     prefix,
			PathTo:       pathEnd(prefix),
			MaxItems:     page.fetch(),
		})
		if err != nil {
			return err
		}
		rows, marker := cut(page, rows, func(r store.Role) string { return r.NameKey })
		out = &ListRolesOutput{Roles: make([]Role, len(rows)), IsTruncated: marker != "", Marker: marker}
		shown := shownIDs{}
		for i, row := range rows {
			if out.Roles[i], err = newRole(ctx, tx, row, shown); err != nil {
				return err
			}
			out.Roles[i].Description = row.Description
			out.Roles[i].MaxSessionDuration = &row.MaxSessionDuration
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
