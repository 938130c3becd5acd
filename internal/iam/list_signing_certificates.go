package iam

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// ListSigningCertificatesInput has the parameters of ListSigningCertificates.
type ListSigningCertificatesInput struct {
	UserName string `minlen:"1" maxlen:"128" pattern:"[\\w+=,.@-]+" invalid:"It must contain only alphanumeric characters and/or the following: +=,.@_-"`
	Marker   string `minlen:"1" maxlen:"320" pattern:"[\\u0020-\\u00FF]+"`
	MaxItems int32  `min:"1" max:"1000"`
}

// Permissions is the user.
func (in *ListSigningCertificatesInput) Permissions(call aws.Call) []aws.Permission {
	return onUser(call, in.UserName)
}

// SigningCertificate is an X.509 certificate of a user, of which daypass has none.
type SigningCertificate struct{}

// ListSigningCertificatesOutput is one page of certificates: an empty one.
type ListSigningCertificatesOutput struct {
	Certificates []SigningCertificate
	IsTruncated  bool
	Marker       string
}

// ListSigningCertificates finds none: no action makes any. It is there because tools ask for what is left before
// they delete a user (Terraform with force_destroy, for one).
func (s *Service) ListSigningCertificates(ctx context.Context, call aws.Call, in *ListSigningCertificatesInput) (*ListSigningCertificatesOutput, error) {
	if _, err := newPage(in.Marker, in.MaxItems, "ListSigningCertificates"); err != nil {
		return nil, err
	}
	err := s.view(ctx, func(tx *store.Tx) error {
		_, err := userOrCaller(ctx, tx, call, in.UserName)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ListSigningCertificatesOutput{Certificates: []SigningCertificate{}}, nil
}
