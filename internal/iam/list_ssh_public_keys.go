package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListSSHPublicKeysInput has the parameters of ListSSHPublicKeys.
type ListSSHPublicKeysInput struct {
	UserName string `minlen:"1" maxlen:"64" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user.
func (in *ListSSHPublicKeysInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// SSHPublicKeyMetadata is a public key for CodeCommit, of which daypass has none.
type SSHPublicKeyMetadata struct{}

// ListSSHPublicKeysOutput is one page of SSH keys: an empty one.
type ListSSHPublicKeysOutput struct {
	SSHPublicKeys []SSHPublicKeyMetadata
	IsTruncated   bool
	Marker        string
}

// ListSSHPublicKeys finds none: no action makes any. It is there because tools ask for what is left before
// they delete a user (Terraform with force_destroy, for one).
func (s *Service) ListSSHPublicKeys(ctx context.Context, call aws.Call, in *ListSSHPublicKeysInput) (*ListSSHPublicKeysOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems, "ListSSHPublicKeys"); err != nil {
		return nil, err
	}
	err := s.view(ctx, func(tx *store.Tx) error {
		_, err := userOrCaller(ctx, tx, call, in.UserName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ListSSHPublicKeysOutput{SSHPublicKeys: []SSHPublicKeyMetadata{}}, nil
}
