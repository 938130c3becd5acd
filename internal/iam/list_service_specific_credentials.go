package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListServiceSpecificCredentialsInput has the parameters of ListServiceSpecificCredentials.
type ListServiceSpecificCredentialsInput struct {
	UserName    string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	ServiceName string // a filter, of what is empty
	AllUsers    bool
	Marker      string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems    int32  `min:"1" max:"1000"`
}

// Permissions is the user, or all.
func (in *ListServiceSpecificCredentialsInput) Permissions(call aws.Call) []aws.Permission {
	if in.AllUsers {
		return onAll(call, "user")
	}
	return onUser(call, in.UserName)
}

// ServiceSpecificCredential is a password for one AWS service, of which daypass has none.
type ServiceSpecificCredential struct{}

// ListServiceSpecificCredentialsOutput is one page of credentials: an empty one.
type ListServiceSpecificCredentialsOutput struct {
	ServiceSpecificCredentials []ServiceSpecificCredential
	IsTruncated                bool
	Marker                     string
}

// ListServiceSpecificCredentials finds none: no action makes any. It is there because tools ask for what is
// left before they delete a user (Terraform with force_destroy, for one).
func (s *Service) ListServiceSpecificCredentials(ctx context.Context, call aws.Call, in *ListServiceSpecificCredentialsInput) (*ListServiceSpecificCredentialsOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems, "ListServiceSpecificCredentials"); err != nil {
		return nil, err
	}
	if in.AllUsers && in.UserName != "" {
		return nil, aws.Errorf(aws.InvalidInput, "AllUsers cannot be specified together with UserName.")
	}
	err := s.view(ctx, func(tx *store.Tx) error {
		if in.AllUsers {
			return nil
		}
		_, err := userOrCaller(ctx, tx, call, in.UserName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ListServiceSpecificCredentialsOutput{ServiceSpecificCredentials: []ServiceSpecificCredential{}}, nil
}
