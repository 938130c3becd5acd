package iam

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/daypass/daypass/internal/aws"
)

// What each action on managed policies is authorised on (aws-iam section 16).
func TestPolicyPermissions(t *testing.T) {
	t.Parallel()
	call := aws.Call{Caller: aws.Caller{Principal: aws.Principal{Type: aws.UserPrincipal, AccountID: account, ID: "AIDAALICE", Path: "/", Name: "alice"}}}
	const arn = "arn:aws:iam::111111111111:policy/team/Deploy"
	created := aws.Resource{ARN: arn, Text: "policy Deploy"}
	named := aws.Resource{ARN: arn, Text: "policy " + arn, Type: aws.ARNResource}
	entity := func(kind aws.ResourceType, name string) aws.Resource {
		return aws.Resource{ARN: "arn:aws:iam::111111111111:" + string(kind) + "/" + name, Text: string(kind) + " " + name, Type: kind, Name: name}
	}
	tagging := map[string][]string{"aws:requesttag/a": {"1"}, "aws:tagkeys": {"A"}}
	attaching := map[string][]string{"iam:policyarn": {readOnly}}
	one := func(r aws.Resource, context map[string][]string) []aws.Permission {
		return []aws.Permission{{Resource: r, Context: context}}
	}
	for _, test := range []struct {
		name string
		in   interface {
			Permissions(call aws.Call) []aws.Permission
		}
		want []aws.Permission
	}{
		{"create", &CreatePolicyInput{PolicyName: "Deploy", Path: "/team/"}, one(created, nil)},
		{
			"create in the root path", &CreatePolicyInput{PolicyName: "Deploy"},
			one(aws.Resource{ARN: "arn:aws:iam::111111111111:policy/Deploy", Text: "policy Deploy"}, nil),
		},
		{
			"create with tags", &CreatePolicyInput{PolicyName: "Deploy", Path: "/team/", Tags: tags("A=1")},
			[]aws.Permission{{Resource: created, Context: tagging}, {Action: "iam:TagPolicy", Resource: created, Context: tagging}},
		},
		{"get", &GetPolicyInput{PolicyArn: arn}, one(named, nil)},
		{"list", &ListPoliciesInput{}, one(aws.Resource{ARN: "*", Text: "policy path /"}, nil)},
		{"list a path", &ListPoliciesInput{PathPrefix: "/team/"}, one(aws.Resource{ARN: "*", Text: "policy path /team/"}, nil)},
		{"delete", &DeletePolicyInput{PolicyArn: arn}, one(named, nil)},
		{"create version", &CreatePolicyVersionInput{PolicyArn: arn}, one(named, nil)},
		{"get version", &GetPolicyVersionInput{PolicyArn: arn}, one(named, nil)},
		{"list versions", &ListPolicyVersionsInput{PolicyArn: arn}, one(named, nil)},
		{"set default version", &SetDefaultPolicyVersionInput{PolicyArn: arn}, one(named, nil)},
		{"delete version", &DeletePolicyVersionInput{PolicyArn: arn}, one(named, nil)},
		{"list entities", &ListEntitiesForPolicyInput{PolicyArn: arn}, one(named, nil)},
		{"tag", &TagPolicyInput{PolicyArn: arn, Tags: tags("A=1")}, one(named, tagging)},
		{"untag", &UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"A", "b"}}, one(named, map[string][]string{"aws:tagkeys": {"A", "b"}})},
		{"list tags", &ListPolicyTagsInput{PolicyArn: arn}, one(named, nil)},
		{"attach to a user", &AttachUserPolicyInput{UserName: "Bob", PolicyArn: readOnly}, one(entity("user", "Bob"), attaching)},
		{"attach to a group", &AttachGroupPolicyInput{GroupName: "Bob", PolicyArn: readOnly}, one(entity("group", "Bob"), attaching)},
		{"attach to a role", &AttachRolePolicyInput{RoleName: "Bob", PolicyArn: readOnly}, one(entity("role", "Bob"), attaching)},
		{"detach from a user", &DetachUserPolicyInput{UserName: "Bob", PolicyArn: readOnly}, one(entity("user", "Bob"), attaching)},
		{"detach from a group", &DetachGroupPolicyInput{GroupName: "Bob", PolicyArn: readOnly}, one(entity("group", "Bob"), attaching)},
		{"detach from a role", &DetachRolePolicyInput{RoleName: "Bob", PolicyArn: readOnly}, one(entity("role", "Bob"), attaching)},
		{"list a user's", &ListAttachedUserPoliciesInput{UserName: "Bob"}, one(entity("user", "Bob"), nil)},
		{"list a group's", &ListAttachedGroupPoliciesInput{GroupName: "Bob"}, one(entity("group", "Bob"), nil)},
		{"list a role's", &ListAttachedRolePoliciesInput{RoleName: "Bob"}, one(entity("role", "Bob"), nil)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.in.Permissions(call)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
