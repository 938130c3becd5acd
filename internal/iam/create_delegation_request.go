package iam

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/policy"
)

// pollChannel is the one NotificationChannel there is: nobody is told, and whoever asked looks.
const pollChannel = "daypass:poll"

// CreateDelegationRequestInput has the parameters of CreateDelegationRequest.
type CreateDelegationRequestInput struct {
	OwnerAccountId      string               `pattern:"\\d{12}"`
	Description         string               `required:"true" maxlen:"1000" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
	Permissions         DelegationPermission `required:"true"`
	RequestMessage      string               `maxlen:"200" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"`
	RequestorWorkflowId string               `required:"true" minlen:"5" maxlen:"400" pattern:"[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]+"`
	RedirectUrl         string               `minlen:"1" maxlen:"255" pattern:"^http(s?)://[a-zA-Z0-9._/-]*(\\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$"`
	NotificationChannel string               `required:"true" minlen:"2" maxlen:"400" pattern:"^[a-zA-Z0-9:_.-]+$"`
	SessionDuration     int32                `required:"true" min:"300" max:"43200"`
	OnlySendByOwner     bool
}

// Needed is to make requests, whichever: their ids are not the caller's to choose.
func (in *CreateDelegationRequestInput) Needed(call aws.Call) []aws.Permission {
	return onNew(aws.IAMARN(call.Caller.AccountID, string(aws.DelegationResource), "/", "*"))
}

// CreateDelegationRequestOutput names the new request. Its id is also the trade-in token, once that is sent.
type CreateDelegationRequestOutput struct {
	DelegationRequestId string
}

// CreateDelegationRequest asks another account for temporary access. What is asked for is settled here: a policy, made of a
// managed policy and values for its placeholders. No later change of that policy reaches it.
func (s *Service) CreateDelegationRequest(ctx context.Context, call aws.Call, in *CreateDelegationRequestInput) (*CreateDelegationRequestOutput, error) {
	if in.NotificationChannel != pollChannel {
		return nil, aws.Errorf(aws.InvalidInput,
			"NotificationChannel must be %s: there are no topics to notify. GetDelegationRequest tells the state of a request.", pollChannel)
	}
	rendered, err := s.renderPermissions(ctx, call, &in.Permissions)
	if err != nil {
		return nil, err
	}
	parameters, err := json.Marshal(in.Permissions.Parameters)
	if err != nil {
		return nil, aws.Internal(err)
	}
	row := store.InsertDelegationRequestParams{
		RequestID:        aws.NewRequestID(),
		RequestorAccount: call.Caller.AccountID,
		WorkflowID:       in.RequestorWorkflowId,
		Description:      in.Description,
		RequestMessage:   in.RequestMessage,
		RedirectTo:       in.RedirectUrl,
		TemplateARN:      in.Permissions.PolicyTemplateArn,
		Parameters:       string(parameters),
		PermissionPolicy: rendered,
		SessionDuration:  int64(in.SessionDuration),
		OwnerAccount:     in.OwnerAccountId,
		State:            store.DelegationUnassigned,
		CreatedAt:        store.Time{Time: call.Now},
		UpdatedAt:        store.Time{Time: call.Now},
		ExpiresAt:        store.Time{Time: call.Now.Add(unassignedLife)},
	}
	if in.OnlySendByOwner {
		row.OnlySendByOwner = 1
	}
	if err := s.update(ctx, func(tx *store.Tx) error { return insertDelegationRequest(ctx, tx, row) }); err != nil {
		return nil, err
	}
	return &CreateDelegationRequestOutput{DelegationRequestId: row.RequestID}, nil
}

func insertDelegationRequest(ctx context.Context, tx *store.Tx, row store.InsertDelegationRequestParams) error {
	requests, err := tx.CountDelegationRequests(ctx, row.RequestorAccount)
	if err != nil {
		return err
	}
	if requests >= maxDelegationRequests {
		return errQuota("DelegationRequestsPerAccount", maxDelegationRequests)
	}
	err = tx.InsertDelegationRequest(ctx, row)
	if errors.Is(err, store.ErrExists) {
		return aws.Errorf(aws.EntityAlreadyExists, "A delegation request with requestor workflow ID %s already exists.", row.WorkflowID)
	}
	return err
}

// renderPermissions is the policy that is asked for, checked as a session's.
func (s *Service) renderPermissions(ctx context.Context, call aws.Call, p *DelegationPermission) (string, error) {
	if p.PolicyTemplateArn == "" {
		return "", aws.Errorf(aws.InvalidInput, "Permissions.PolicyTemplateArn is required.")
	}
	var template string
	err := s.view(ctx, func(tx *store.Tx) (err error) {
		template, err = templateDocument(ctx, tx, call.Caller.AccountID, p.PolicyTemplateArn)
		return err
	})
	if err != nil {
		return "", err
	}
	rendered, err := renderTemplate(template, p.Parameters)
	if err != nil {
		return "", err
	}
	_, err = policy.Parse(policy.SessionPolicy, rendered)
	if fault, ok := errors.AsType[*policy.Error](err); ok {
		return "", aws.Errorf(aws.InvalidInput, "The policy that the template and its parameters make is not valid: %s", aws.Echo(fault.Error()))
	}
	return rendered, aws.ClientError(err)
}

// templateDocument is the default version of a managed policy, the account's own or AWS's.
func templateDocument(ctx context.Context, tx *store.Tx, accountID, arn string) (string, error) {
	missing := aws.Errorf(aws.InvalidInput, "The policy template %s does not exist.", aws.Echo(arn))
	if !isPolicyARN(arn) {
		return "", missing
	}
	p, err := policyOr(ctx, tx, accountID, arn, missing)
	if err != nil || !p.isOwn() {
		return p.aws.Document, err
	}
	version, err := ownPolicyVersion(ctx, tx, p, p.defaultVersion)
	return version.Document, err
}
