package authz_test

import (
	"context"
	"testing"
	"time"

	"github.com/daypass/daypass/internal/authz"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/iam"
	"github.com/daypass/daypass/internal/testenv"
)

// TestChangesOfAnotherProcess shows that whatever another process on the same database changes of what a user may do acts
// here within a second: grants and denials, each by every way a user has policies and tags.
func TestChangesOfAnotherProcess(t *testing.T) {
	t.Parallel()
	const (
		mine  = "arn:aws:iam::123456789012:policy/mine"
		fence = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
	)
	allow := document(`{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}`)
	tagged := document(`{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}`)
	w := newWorld(t)
	w.root("CreateGroup", "GroupName", "g")
	w.root("CreatePolicy", "PolicyName", "mine", "PolicyDocument", document(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	w.root("CreatePolicyVersion", "PolicyArn", mine, "PolicyDocument", allow)

	other := &iam.Service{Store: w.Store, Authorizer: authz.New(w.Store)}
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.RootPrincipal, AccountID: testenv.AccountID, ID: testenv.AccountID}}}
	value := "b"
	steps := []struct {
		name string
		do   func(ctx context.Context) error
		may  bool
	}{
		{"an inline policy", func(ctx context.Context) error {
			_, err := other.PutUserPolicy(ctx, call, &iam.PutUserPolicyInput{UserName: "alice", PolicyName: "p", PolicyDocument: allow})
			return err
		}, true},
		{"a boundary", func(ctx context.Context) error {
			_, err := other.PutUserPermissionsBoundary(ctx, call, &iam.PutUserPermissionsBoundaryInput{UserName: "alice", PermissionsBoundary: fence})
			return err
		}, false},
		{"no boundary", func(ctx context.Context) error {
			_, err := other.DeleteUserPermissionsBoundary(ctx, call, &iam.DeleteUserPermissionsBoundaryInput{UserName: "alice"})
			return err
		}, true},
		{"an inline policy that asks for a tag", func(ctx context.Context) error {
			_, err := other.PutUserPolicy(ctx, call, &iam.PutUserPolicyInput{UserName: "alice", PolicyName: "p", PolicyDocument: tagged})
			return err
		}, false},
		{"the tag", func(ctx context.Context) error {
			_, err := other.TagUser(ctx, call, &iam.TagUserInput{UserName: "alice", Tags: []iam.Tag{{Key: "A", Value: &value}}})
			return err
		}, true},
		{"no tag", func(ctx context.Context) error {
			_, err := other.UntagUser(ctx, call, &iam.UntagUserInput{UserName: "alice", TagKeys: []string{"a"}})
			return err
		}, false},
		{"a group's policy", func(ctx context.Context) error {
			_, err := other.PutGroupPolicy(ctx, call, &iam.PutGroupPolicyInput{GroupName: "g", PolicyName: "p", PolicyDocument: allow})
			return err
		}, false},
		{"membership", func(ctx context.Context) error {
			_, err := other.AddUserToGroup(ctx, call, &iam.AddUserToGroupInput{GroupName: "g", UserName: "alice"})
			return err
		}, true},
		{"no membership", func(ctx context.Context) error {
			_, err := other.RemoveUserFromGroup(ctx, call, &iam.RemoveUserFromGroupInput{GroupName: "g", UserName: "alice"})
			return err
		}, false},
		{"a managed policy", func(ctx context.Context) error {
			_, err := other.AttachUserPolicy(ctx, call, &iam.AttachUserPolicyInput{UserName: "alice", PolicyArn: mine})
			return err
		}, false},
		{"its other version", func(ctx context.Context) error {
			_, err := other.SetDefaultPolicyVersion(ctx, call, &iam.SetDefaultPolicyVersionInput{PolicyArn: mine, VersionId: "v2"})
			return err
		}, true},
		{"its first version", func(ctx context.Context) error {
			_, err := other.SetDefaultPolicyVersion(ctx, call, &iam.SetDefaultPolicyVersionInput{PolicyArn: mine, VersionId: "v1"})
			return err
		}, false},
	}
	listed := notAllowed("ListUsers")
	w.want("arn:aws:iam::123456789012:user/"+listed, "ListUsers")
	for _, step := range steps {
		call.Now = w.Now
		if err := step.do(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		w.Now = w.Now.Add(time.Second)
		switch status, body := w.Call(w.alice, "iam", "ListUsers"); {
		case step.may && status != 200, !step.may && status != 403:
			t.Errorf("after %s: %d %s", step.name, status, body)
		}
	}
}
