package sts

import (
	"context"

	"github.com/daypass/daypass/internal/aws"
)

// GetAccessKeyInfoInput has the parameters of GetAccessKeyInfo (spec section 5.1).
type GetAccessKeyInfoInput struct {
	AccessKeyId string `required:"true" minlen:"16" maxlen:"128" pattern:"[\\w]*"`
}

// Permissions says that policies are asked about no resource, and that AccessDenied names none (spec section 5.6).
func (in *GetAccessKeyInfoInput) Permissions(aws.Call) []aws.Permission {
	return []aws.Permission{{Resource: aws.Resource{ARN: "*"}}}
}

// GetAccessKeyInfoOutput is the account of an access key id.
type GetAccessKeyInfoOutput struct {
	Account string
}

// GetAccessKeyInfo decodes the account from an access key id, of any account and in any state: the id itself carries it
// (spec sections 5.10 and 8).
func (s *Service) GetAccessKeyInfo(_ context.Context, _ aws.Call, in *GetAccessKeyInfoInput) (*GetAccessKeyInfoOutput, error) {
	if prefix := in.AccessKeyId[:4]; prefix == aws.LongTermKeyPrefix || prefix == aws.SessionKeyPrefix {
		if account, ok := aws.AccountOfAccessKeyID(in.AccessKeyId); ok {
			return &GetAccessKeyInfoOutput{Account: account}, nil
		}
	}
	return nil, aws.Errorf(aws.ValidationError, "%s is not a valid access key id", in.AccessKeyId).
		Recorded("The access key id is not valid.")
}
